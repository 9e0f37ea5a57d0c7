/// EVENT: the server reports a change that the client registered for.
///
/// Source: the native protocol's specification, version 5, section 4.2.6.
enum ServerEvent: Sendable, Hashable {
    case nodeAdded(Endpoint)
    case nodeRemoved(Endpoint)
    /// Another change of the topology, by its name.
    case topology(String, Endpoint)
    case nodeUp(Endpoint)
    case nodeDown(Endpoint)
    case schema(SchemaChange)

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        let kind = try reader.string()
        switch EventKind(rawValue: kind) {
        case .topology: self = try ServerEvent.topology(&reader)
        case .status: self = try ServerEvent.status(&reader)
        case .schema: self = .schema(try SchemaChange(from: &reader))
        case nil: throw .unknown("event \(kind), of length", kind.utf8.count)
        }
    }

    private static func topology(_ reader: inout ByteReader) throws(MalformedBytes) -> ServerEvent {
        let change = try reader.string()
        let endpoint = try reader.endpoint()
        return switch change {
        case "NEW_NODE": .nodeAdded(endpoint)
        case "REMOVED_NODE": .nodeRemoved(endpoint)
        default: .topology(change, endpoint)
        }
    }

    private static func status(_ reader: inout ByteReader) throws(MalformedBytes) -> ServerEvent {
        let change = try reader.string()
        let endpoint = try reader.endpoint()
        switch change {
        case "UP": return .nodeUp(endpoint)
        case "DOWN": return .nodeDown(endpoint)
        default: throw .unknown("status \(change), of length", change.utf8.count)
        }
    }
}
