/// A tuple of two elements.
public struct Pair<First: ColumnValue, Second: ColumnValue>: Sendable {
    /// The first element.
    public var first: First
    /// The second element.
    public var second: Second

    /// Creates a pair.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}

extension Pair: Equatable where First: Equatable, Second: Equatable {}
extension Pair: Hashable where First: Hashable, Second: Hashable {}

extension Pair: ColumnValue {
    /// Accepts a `tuple` of what both elements accept.
    public static func accepts(_ type: ColumnType) -> Bool {
        guard case .tuple(let elements) = type, elements.count == 2 else { return false }
        return First.accepts(elements[0]) && Second.accepts(elements[1])
    }

    /// Reads both elements.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        guard case .tuple(let elements) = type, elements.count == 2 else {
            throw .wrongType(type, asked: "\(Self.self)")
        }
        var cursor = ElementCursor()
        first = try cursor.element(in: bytes, type: elements[0])
        second = try cursor.element(in: bytes, type: elements[1])
    }

    /// Writes both elements.
    public func encode(into writer: inout ValueWriter) {
        writer.append(element: first)
        writer.append(element: second)
    }
}
