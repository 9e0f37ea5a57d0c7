/// A value of any type, for when the type is not known in advance.
///
/// Types with the same encoding share a case: `ascii` and `text`, `bigint` and `counter`, `uuid` and `timeuuid`.
public enum Value: Sendable, Hashable {
    /// Null.
    case null
    /// Text.
    case text(String)
    /// A 64-bit integer.
    case bigint(Int64)
    /// A 32-bit integer.
    case int(Int32)
    /// A 16-bit integer.
    case smallint(Int16)
    /// An 8-bit integer.
    case tinyint(Int8)
    /// True or false.
    case boolean(Bool)
    /// Bytes.
    case blob(Blob)
    /// A UUID.
    case uuid(UUID)
    /// A timestamp.
    case timestamp(MillisecondTimestamp)
    /// A 64-bit floating-point number.
    case double(Double)
    /// A 32-bit floating-point number.
    case float(Float)
    /// An IP address.
    case inet(InternetAddress)
    /// A list.
    case list([Value])
    /// A set, in the server's order if it was read from one.
    case set([Value])
    /// A map, in the server's order if it was read from one.
    case map([Entry])
    /// A tuple.
    case tuple([Value])
    /// The bytes of a value whose type has no case.
    case other([UInt8])

    /// An entry of a map.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public var key: Value
        /// The value stored for the key.
        public var value: Value

        /// Creates an entry.
        public init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }
}

extension Value: ColumnValue {
    /// Accepts every type.
    public static func accepts(_ type: ColumnType) -> Bool { true }

    /// `Value.null`.
    public static var nullValue: Value? { .some(.null) }

    /// Whether this is `Value.null`.
    public var isNull: Bool { self == .null }

    /// Reads a value according to `type`.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        switch type {
        case .ascii, .text: self = .text(try String(column: bytes, type: type))
        case .bigint, .counter: self = .bigint(try Int64(column: bytes, type: type))
        case .int: self = .int(try Int32(column: bytes, type: type))
        case .smallint: self = .smallint(try Int16(column: bytes, type: type))
        case .tinyint: self = .tinyint(try Int8(column: bytes, type: type))
        case .boolean: self = .boolean(try Bool(column: bytes, type: type))
        case .blob: self = .blob(try Blob(column: bytes, type: type))
        case .uuid, .timeuuid: self = .uuid(try UUID(column: bytes, type: type))
        case .timestamp: self = .timestamp(try MillisecondTimestamp(column: bytes, type: type))
        case .double: self = .double(try Double(column: bytes, type: type))
        case .float: self = .float(try Float(column: bytes, type: type))
        case .inet: self = .inet(try InternetAddress(column: bytes, type: type))
        case .list: self = .list(try [Value](column: bytes, type: type))
        case .set: self = .set(try [Value](column: bytes, type: type))
        case .map(let key, let value): self = try Value.map(bytes, key, value)
        case .tuple(let elements): self = try Value.tuple(bytes, elements)
        case .decimal, .varint, .date, .time, .duration, .userDefined, .custom: self = .other(bytes.copied)
        }
    }

    /// Writes the value.
    public func encode(into writer: inout ValueWriter) {
        switch self {
        case .null: break
        case .text(let value): value.encode(into: &writer)
        case .bigint(let value): value.encode(into: &writer)
        case .int(let value): value.encode(into: &writer)
        case .smallint(let value): value.encode(into: &writer)
        case .tinyint(let value): value.encode(into: &writer)
        case .boolean(let value): value.encode(into: &writer)
        case .blob(let value): value.encode(into: &writer)
        case .uuid(let value): value.encode(into: &writer)
        case .timestamp(let value): value.encode(into: &writer)
        case .double(let value): value.encode(into: &writer)
        case .float(let value): value.encode(into: &writer)
        case .inet(let value): value.encode(into: &writer)
        case .list(let elements), .set(let elements): elements.encode(into: &writer)
        case .map(let entries):
            writer.append(count: entries.count)
            for entry in entries {
                writer.append(element: entry.key)
                writer.append(element: entry.value)
            }
        case .tuple(let elements):
            for element in elements { writer.append(element: element) }
        case .other(let bytes): writer.append(bytes)
        }
    }

    private static func map(
        _ bytes: RawSpan,
        _ keyType: ColumnType,
        _ valueType: ColumnType
    ) throws(ValueFault) -> Value {
        var cursor = ElementCursor()
        let count = try cursor.count(in: bytes, partsEach: 2)
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let key: Value = try cursor.element(in: bytes, type: keyType)
            entries.append(Entry(key: key, value: try cursor.element(in: bytes, type: valueType)))
        }
        return .map(entries)
    }

    /// Reads a tuple; elements added to the type after the value was written are null.
    private static func tuple(_ bytes: RawSpan, _ types: [ColumnType]) throws(ValueFault) -> Value {
        var cursor = ElementCursor()
        var elements: [Value] = []
        elements.reserveCapacity(types.count)
        for type in types {
            if cursor.isAtEnd(of: bytes) {
                elements.append(.null)
            } else {
                elements.append(try cursor.element(in: bytes, type: type))
            }
        }
        return .tuple(elements)
    }
}
