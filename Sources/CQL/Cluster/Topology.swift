/// A cluster's description of itself: its nodes, and the replication of its keyspaces.
struct Topology: Sendable {
    /// Each node once, first the one that was asked.
    private(set) var nodes: [Node] = []
    /// All addresses in a node's rows, in order.
    private(set) var endpoints: [UUID: [Endpoint]] = [:]
    var keyspaces: [String: ReplicationStrategy]

    /// Collects the rows; a node may have two for a while after its address has changed.
    init(rows: [Node], keyspaces: [String: ReplicationStrategy]) {
        self.keyspaces = keyspaces
        for row in rows {
            endpoints[row.hostID, default: []].append(row.endpoint)
            guard let known = nodes.firstIndex(where: { $0.hostID == row.hostID }) else {
                nodes.append(row)
                continue
            }
            if nodes[known].tokens.isEmpty { nodes[known].tokens = row.tokens }
        }
    }
}

/// The queries on a control connection, and the parsing of their results.
enum TopologyQueries {
    static let local = "SELECT * FROM system.local WHERE key = 'local'"
    static let peers = "SELECT * FROM system.peers_v2"
    /// For Cassandra before 4.0.
    static let oldPeers = "SELECT * FROM system.peers"
    static let keyspaces = "SELECT keyspace_name, replication FROM system_schema.keyspaces"
    static let localSchema = "SELECT schema_version FROM system.local WHERE key = 'local'"
    static let identity = "SELECT host_id, data_center FROM system.local WHERE key = 'local'"
    static let peersSchema = "SELECT host_id, schema_version FROM system.peers"

    /// Reads the node that answered; `endpoint` is where it was reached.
    static func localNode(_ rows: Rows, reachedAt endpoint: Endpoint) throws(CQLError) -> Node {
        guard let row = rows.first else { throw incomplete("system.local is empty") }
        // A node may listen on all addresses; then the one that was used will do.
        var own = endpoint
        if let address = try row.optional("rpc_address", InternetAddress.self), !address.isUnspecified {
            own.address = address
        }
        if let port = try row.optional("rpc_port", Int32.self).flatMap(UInt16.init(exactly:)), port > 0 {
            own.port = port
        }
        guard let node = try row.node(at: own) else { throw incomplete("system.local lacks the node's id") }
        return node
    }

    /// Reads the other nodes, except those whose rows are incomplete, as while they join.
    static func peers(_ rows: Rows, port: UInt16) throws(CQLError) -> (nodes: [Node], isComplete: Bool) {
        var nodes: [Node] = []
        var isComplete = true
        for row in rows {
            var address = try row.optional("native_address", InternetAddress.self)
            if address == nil { address = try row.optional("rpc_address", InternetAddress.self) }
            if address?.isUnspecified ?? true { address = try row.optional("peer", InternetAddress.self) }
            guard let address else {
                isComplete = false
                continue
            }
            let native = try row.optional("native_port", Int32.self).flatMap(UInt16.init(exactly:)) ?? port
            if let node = try row.node(at: Endpoint(address: address, port: native)) {
                nodes.append(node)
            } else {
                isComplete = false
            }
        }
        return (nodes, isComplete)
    }

    static func keyspaces(_ rows: Rows) throws(CQLError) -> [String: ReplicationStrategy] {
        var keyspaces: [String: ReplicationStrategy] = [:]
        for row in rows {
            let options: [String: String] = try row.value("replication")
            keyspaces[try row.value("keyspace_name")] = ReplicationStrategy(options: options)
        }
        return keyspaces
    }

    private static func incomplete(_ what: String) -> CQLError {
        CQLError(.protocolViolation(what), execution: .executed)
    }
}

extension InternetAddress {
    /// Whether it stands for all addresses of a machine, such as `0.0.0.0`.
    var isUnspecified: Bool { octets.allSatisfy { $0 == 0 } }
}

extension Row {
    /// Reads a column that older servers lack; nil if it is missing or null.
    func optional<Read: ColumnValue>(_ name: String, _ type: Read.Type) throws(CQLError) -> Read? {
        guard let index = metadata.index(of: name) else { return nil }
        return try value(at: index, as: Read?.self)
    }

    /// Reads the columns about a node that both tables have; nil if they are incomplete.
    fileprivate func node(at endpoint: Endpoint) throws(CQLError) -> Node? {
        guard let hostID = try optional("host_id", UUID.self),
            let dataCenter = try optional("data_center", String.self),
            let rack = try optional("rack", String.self)
        else { return nil }
        let tokens = try optional("tokens", Set<String>.self) ?? []
        return Node(
            hostID: hostID,
            endpoint: endpoint,
            dataCenter: dataCenter,
            rack: rack,
            releaseVersion: try optional("release_version", String.self) ?? "",
            tokens: tokens.compactMap(Token.init(text:)).sorted()
        )
    }
}
