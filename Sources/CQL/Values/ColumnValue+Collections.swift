extension Optional: ColumnValue where Wrapped: ColumnValue {
    /// Accepts what the wrapped type accepts.
    public static func accepts(_ type: ColumnType) -> Bool { Wrapped.accepts(type) }

    /// Nil.
    public static var nullValue: Wrapped?? { .some(.none) }

    /// Whether this or the wrapped value is null.
    public var isNull: Bool { self?.isNull ?? true }

    /// Reads the wrapped value.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self = try Wrapped(column: bytes, type: type)
    }

    /// Writes the wrapped value; nil has no bytes.
    public func encode(into writer: inout ValueWriter) { self?.encode(into: &writer) }
}

extension Array: ColumnValue where Element: ColumnValue {
    /// Accepts a `list` or `set` of what the element accepts.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .list(let element), .set(let element): Element.accepts(element)
        default: false
        }
    }

    /// Reads the elements, in the server's order.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        let elementType = try type.element(readAs: Self.self)
        var cursor = ElementCursor()
        let count = try cursor.count(in: bytes)
        self.init()
        reserveCapacity(count)
        for _ in 0..<count { append(try cursor.element(in: bytes, type: elementType)) }
    }

    /// Writes the elements.
    public func encode(into writer: inout ValueWriter) {
        writer.append(count: count)
        for element in self { writer.append(element: element) }
    }
}

extension Set: ColumnValue where Element: ColumnValue {
    /// Accepts a `set` of what the element accepts.
    public static func accepts(_ type: ColumnType) -> Bool {
        guard case .set(let element) = type else { return false }
        return Element.accepts(element)
    }

    /// Reads the elements.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.init(try [Element](column: bytes, type: type))
    }

    /// Writes the elements in any order; the server sorts them.
    public func encode(into writer: inout ValueWriter) {
        writer.append(count: count)
        for element in self { writer.append(element: element) }
    }
}

extension Dictionary: ColumnValue where Key: ColumnValue, Value: ColumnValue {
    /// Accepts a `map` of what key and value accept.
    public static func accepts(_ type: ColumnType) -> Bool { MapEntries<Key, Value>.accepts(type) }

    /// Reads the entries; the last value of a repeated key wins.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.init()
        for entry in try MapEntries<Key, Value>(column: bytes, type: type).entries {
            self[entry.first] = entry.second
        }
    }

    /// Writes the entries in any order; the server sorts them.
    public func encode(into writer: inout ValueWriter) {
        writer.append(count: count)
        for (key, value) in self {
            writer.append(element: key)
            writer.append(element: value)
        }
    }
}

extension ColumnType {
    /// Returns the element type of a list or set.
    func element<Asked>(readAs asked: Asked.Type) throws(ValueFault) -> ColumnType {
        switch self {
        case .list(let element), .set(let element): return element
        default: throw .wrongType(self, asked: "\(Asked.self)")
        }
    }
}
