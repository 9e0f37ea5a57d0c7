/// The entries of a `map` in the server's order, sorted by key, which a dictionary would lose.
public struct MapEntries<Key: ColumnValue, Value: ColumnValue>: Sendable {
    /// The entries.
    public var entries: [Pair<Key, Value>]

    /// Creates a map from its entries; the server sorts them.
    public init(_ entries: [Pair<Key, Value>]) {
        self.entries = entries
    }
}

extension MapEntries: Equatable where Key: Equatable, Value: Equatable {}

extension MapEntries: ColumnValue {
    /// Accepts a `map` of what key and value accept.
    public static func accepts(_ type: ColumnType) -> Bool {
        guard case .map(let key, let value) = type else { return false }
        return Key.accepts(key) && Value.accepts(value)
    }

    /// Reads the entries in the server's order.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        guard case .map(let keyType, let valueType) = type else {
            throw .wrongType(type, asked: "\(Self.self)")
        }
        var cursor = ElementCursor()
        let count = try cursor.count(in: bytes, partsEach: 2)
        entries = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let key: Key = try cursor.element(in: bytes, type: keyType)
            entries.append(Pair(key, try cursor.element(in: bytes, type: valueType)))
        }
    }

    /// Writes the entries in their order.
    public func encode(into writer: inout ValueWriter) {
        writer.append(count: entries.count)
        for entry in entries {
            writer.append(element: entry.first)
            writer.append(element: entry.second)
        }
    }
}
