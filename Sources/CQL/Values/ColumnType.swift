/// The type of a column or a variable, as a server describes it.
///
/// A frozen type is described as the type that it freezes.
public indirect enum ColumnType: Sendable, Hashable {
    /// ASCII text.
    case ascii
    /// A 64-bit number.
    case bigint
    /// Bytes.
    case blob
    /// True or false.
    case boolean
    /// A 64-bit number that is counted up and down.
    case counter
    /// A decimal number of any size.
    case decimal
    /// A floating-point number of 64 bits.
    case double
    /// A floating-point number of 32 bits.
    case float
    /// A 32-bit number.
    case int
    /// Milliseconds since 1970.
    case timestamp
    /// An identifier.
    case uuid
    /// Text; `varchar` is another name for it.
    case text
    /// A whole number of any size.
    case varint
    /// An identifier of version 1.
    case timeuuid
    /// An address.
    case inet
    /// Days.
    case date
    /// Nanoseconds since midnight.
    case time
    /// A 16-bit number.
    case smallint
    /// An 8-bit number.
    case tinyint
    /// Months, days and nanoseconds.
    case duration
    /// A list.
    case list(ColumnType)
    /// A map.
    case map(ColumnType, ColumnType)
    /// A set.
    case set(ColumnType)
    /// A tuple.
    case tuple([ColumnType])
    /// A type of the user's: its keyspace, its name, its fields.
    case userDefined(keyspace: String, name: String, fields: [Field])
    /// A type that only the server's class of this name knows.
    case custom(String)

    /// A field of a type of the user's.
    public struct Field: Sendable, Hashable {
        /// The field's name.
        public var name: String
        /// The field's type.
        public var type: ColumnType

        /// Makes a field.
        public init(name: String, type: ColumnType) {
            self.name = name
            self.type = type
        }
    }

    /// How deep types may nest: far deeper than schemas do, and no danger to the stack.
    static let maximumDepth = 32
}

extension ColumnType: CustomStringConvertible {
    /// The name in CQL, as in `map<text, int>`.
    public var description: String {
        switch self {
        case .ascii: "ascii"
        case .bigint: "bigint"
        case .blob: "blob"
        case .boolean: "boolean"
        case .counter: "counter"
        case .decimal: "decimal"
        case .double: "double"
        case .float: "float"
        case .int: "int"
        case .timestamp: "timestamp"
        case .uuid: "uuid"
        case .text: "text"
        case .varint: "varint"
        case .timeuuid: "timeuuid"
        case .inet: "inet"
        case .date: "date"
        case .time: "time"
        case .smallint: "smallint"
        case .tinyint: "tinyint"
        case .duration: "duration"
        case .list(let element): "list<\(element)>"
        case .map(let key, let value): "map<\(key), \(value)>"
        case .set(let element): "set<\(element)>"
        case .tuple(let elements): "tuple<\(elements.map(\.description).joined(separator: ", "))>"
        case .userDefined(let keyspace, let name, _): "\(keyspace).\(name)"
        case .custom(let name): "'\(name)'"
        }
    }
}
