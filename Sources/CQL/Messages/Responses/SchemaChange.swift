/// A change of the schema.
///
/// Source: the native protocol's specification, version 5, section 4.2.6.
public struct SchemaChange: Sendable, Hashable {
    /// The kind of change: `CREATED`, `UPDATED` or `DROPPED`.
    public var change: String
    /// The object that changed.
    public var target: Target

    /// The objects of a schema.
    public enum Target: Sendable, Hashable {
        /// A keyspace.
        case keyspace(String)
        /// A table, or an index on it.
        case table(keyspace: String, name: String)
        /// A user-defined type.
        case type(keyspace: String, name: String)
        /// A function.
        case function(keyspace: String, name: String, argumentTypes: [String])
        /// An aggregate.
        case aggregate(keyspace: String, name: String, argumentTypes: [String])
    }

    /// The keyspace in which the change happened.
    public var keyspace: String {
        switch target {
        case .keyspace(let keyspace), .table(let keyspace, _), .type(let keyspace, _),
            .function(let keyspace, _, _), .aggregate(let keyspace, _, _):
            keyspace
        }
    }

    init(change: String, target: Target) {
        self.change = change
        self.target = target
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        change = try reader.string()
        let kind = try reader.string()
        let keyspace = try reader.string()
        switch kind {
        case "KEYSPACE": target = .keyspace(keyspace)
        case "TABLE": target = .table(keyspace: keyspace, name: try reader.string())
        case "TYPE": target = .type(keyspace: keyspace, name: try reader.string())
        case "FUNCTION":
            let name = try reader.string()
            target = .function(keyspace: keyspace, name: name, argumentTypes: try reader.stringList())
        case "AGGREGATE":
            let name = try reader.string()
            target = .aggregate(keyspace: keyspace, name: name, argumentTypes: try reader.stringList())
        default: throw .unknown("target \(kind) of a schema's change, of length", kind.utf8.count)
        }
    }
}
