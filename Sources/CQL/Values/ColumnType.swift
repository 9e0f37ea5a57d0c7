/// The type of a column or a variable, as a server describes it.
///
/// A frozen type is described as the type that it freezes.
public indirect enum ColumnType: Sendable, Hashable {
    /// ASCII text.
    case ascii
    /// A 64-bit integer.
    case bigint
    /// Bytes.
    case blob
    /// True or false.
    case boolean
    /// A 64-bit counter.
    case counter
    /// A decimal number of any precision.
    case decimal
    /// A 64-bit floating-point number.
    case double
    /// A 32-bit floating-point number.
    case float
    /// A 32-bit integer.
    case int
    /// Milliseconds since 1970.
    case timestamp
    /// A UUID.
    case uuid
    /// UTF-8 text, also called `varchar`.
    case text
    /// An integer of any size.
    case varint
    /// A version 1 UUID.
    case timeuuid
    /// An IP address.
    case inet
    /// A date, in days.
    case date
    /// Nanoseconds since midnight.
    case time
    /// A 16-bit integer.
    case smallint
    /// An 8-bit integer.
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
    /// A user-defined type: its keyspace, name and fields.
    case userDefined(keyspace: String, name: String, fields: [Field])
    /// A type known only by the name of the server's class.
    case custom(String)

    /// A field of a user-defined type.
    public struct Field: Sendable, Hashable {
        /// The field's name.
        public var name: String
        /// The field's type.
        public var type: ColumnType

        /// Creates a field.
        public init(name: String, type: ColumnType) {
            self.name = name
            self.type = type
        }
    }

    /// The deepest nesting of types: far more than schemas need, and safe for the stack.
    static let maximumDepth = 32
}

extension ColumnType: CustomStringConvertible {
    /// The name in CQL, such as `map<text, int>`.
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
