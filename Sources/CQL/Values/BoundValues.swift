/// The values of a statement's variables, in their order.
///
/// A value is encoded when it is appended. Null is a value, which deletes a column; a variable that is not set leaves
/// what is stored as it is.
public struct BoundValues: Sendable {
    private var writer = ValueWriter()
    /// How many values there are, those that are null or not set included.
    public private(set) var count = 0
    private let variables: [ColumnSpecification]?
    private(set) var fault: String?

    /// Makes an empty list for a statement that is not prepared: what is bound is checked by the server only.
    public init() {
        variables = nil
    }

    /// Makes an empty list for a prepared statement.
    ///
    /// A value of another type than the variable's makes the request fail, before it is sent.
    public init(for statement: PreparedStatement) {
        variables = statement.variables
    }

    /// The values as the protocol writes them, each behind its length.
    var bytes: [UInt8] { writer.bytes }

    /// How many bytes they have on their way, four for each value's length included.
    public var byteCount: Int { writer.bytes.count }

    /// Makes room for so many bytes, where it is known how many will come; each value takes four more.
    public mutating func reserve(bytes: Int) {
        writer.bytes.reserveCapacity(bytes)
    }

    /// Appends a value; nil and `Value.null` are null.
    public mutating func append<Bound: ColumnValue>(_ value: Bound) {
        check(Bound.self)
        count += 1
        writer.append(element: value)
    }

    /// Appends null.
    public mutating func appendNull() {
        count += 1
        writer.append(bigEndian: ValueWriter.nullLength)
    }

    /// Leaves a variable unset.
    public mutating func appendUnset() {
        count += 1
        writer.append(bigEndian: ValueWriter.unsetLength)
    }

    /// Where the bytes of a value are in `bytes`; nil for one that is null, unset or not there.
    func range(at index: Int) -> Range<Int>? {
        guard index >= 0, index < count else { return nil }
        var offset = 0
        for position in 0... {
            let stored = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self)
            let length = Int(Int32(bigEndian: stored))
            offset += 4
            if position == index { return length < 0 ? nil : offset..<(offset + length) }
            offset += max(0, length)
        }
        return nil
    }

    private mutating func check<Bound: ColumnValue>(_ type: Bound.Type) {
        guard let variables, fault == nil, count < variables.count else { return }
        let variable = variables[count]
        guard !Bound.accepts(variable.type) else { return }
        fault = "\(Bound.self) was bound to \(variable.name), which is of type \(variable.type)"
    }
}
