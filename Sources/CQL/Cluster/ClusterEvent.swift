/// An event of nodes or connections, for logs.
public enum ClusterEvent: Sendable {
    /// A node can be asked: its first connection is ready.
    case nodeUp(Node)
    /// A node cannot be asked for now: its last connection ended.
    case nodeDown(Node, CQLError)
    /// A connection could not be made.
    case connectionFailed(CQLError)
    /// No address of the node has accepted a connection since the node became known, or a node that was up now refuses
    /// this client; reported once.
    case nodeUnreached(Node, advertisedBy: Endpoint, CQLError)
    /// A node could not be reached at the address it advertises, and its contact point's address is used instead;
    /// reported once.
    case detour(Node, used: Endpoint, CQLError)
    /// No node can be asked yet, and connecting continues; reported after each round of attempts.
    case waiting(CQLError)
    /// The known nodes have changed, as after a change of the topology.
    case topology([Node])
    /// No node reports changes at present; what is known remains in use until one does again.
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
        case .nodeUnreached(let node, let advertiser, let error):
            "\(node.endpoint), which \(advertiser == node.endpoint ? "it" : "\(advertiser)") advertises, cannot be "
                + "connected to: \(error)"
        case .detour(let node, let used, let error):
            "\(used) advertises \(node.endpoint) (broadcast_rpc_address), which cannot be connected to: \(error); "
                + "\(used) is used in its place"
        case .waiting(let error): "waiting for the cluster: \(error)"
        case .topology(let nodes):
            "the cluster's nodes: \(nodes.map(\.endpoint.description).joined(separator: ", "))"
        case .controlLost(let error): "no node tells of changes: \(error)"
        case .warning(let text): "a node warns: \(CQLError.shown(text))"
        }
    }
}
