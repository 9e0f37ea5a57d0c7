/// What happened to nodes and connections, for logs.
public enum ClusterEvent: Sendable {
    /// A node can be asked: its first connection is ready.
    case nodeUp(Node)
    /// A node cannot be asked any more, or for now: its last connection ended.
    case nodeDown(Node, CQLError)
    /// A connection could not be made.
    case connectionFailed(CQLError)
    /// The cluster's nodes are known anew, as after a change of the topology.
    case topology([Node])
    /// No node tells of changes at present; what is known is used until one does again.
    case controlLost(CQLError)
    /// A server warned about a statement.
    case warning(String)
}

extension ClusterEvent: CustomStringConvertible {
    /// The event in one line.
    public var description: String {
        switch self {
        case .nodeUp(let node): "\(node.endpoint) is up"
        case .nodeDown(let node, let error): "\(node.endpoint) is down: \(error)"
        case .connectionFailed(let error): "cannot connect: \(error)"
        case .topology(let nodes):
            "the cluster's nodes: \(nodes.map(\.endpoint.description).joined(separator: ", "))"
        case .controlLost(let error): "no node tells of changes: \(error)"
        case .warning(let text): "a node warns: \(CQLError.shown(text))"
        }
    }
}
