/// The values of a statement's variables, in order.
///
/// Each value is encoded when it is appended. Null is a value, and deletes a column; an unset variable leaves the
/// stored value as it is.
public struct BoundValues: Sendable {
    private var writer = ValueWriter()
    /// The number of values, including null and unset ones.
    public private(set) var count = 0
    private let variables: [ColumnSpecification]?
    private(set) var fault: String?

    /// Creates an empty list for an unprepared statement, whose values only the server checks.
    public init() {
        variables = nil
    }

    /// Creates an empty list for a prepared statement.
    ///
    /// A value whose type does not match its variable makes the request fail before it is sent.
    public init(for statement: PreparedStatement) {
        variables = statement.variables
    }

    /// The values as the protocol encodes them, each after its length.
    var bytes: [UInt8] { writer.bytes }

    /// The encoded size in bytes, including four for each value's length.
    public var byteCount: Int { writer.bytes.count }

    /// Reserves memory for `bytes` bytes, which include four for each value's length.
    public mutating func reserve(bytes: Int) {
        writer.bytes.reserveCapacity(bytes)
    }

    /// Appends a value; nil and `Value.null` become null.
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

    /// Returns the range of a value in `bytes`; nil if it is null, unset or missing.
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
