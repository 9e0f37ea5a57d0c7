import Synchronization

/// A client's counters and current state.
public struct ClusterStatistics: Sendable, Hashable {
    /// Requests submitted, including refused ones.
    public var requests: UInt64 = 0
    /// Requests that failed for any reason.
    public var failures: UInt64 = 0
    /// Requests refused because too many were pending.
    public var overloads: UInt64 = 0
    /// Attempts after a failed attempt of the same request.
    public var retries: UInt64 = 0
    /// Attempts that timed out.
    public var timeouts: UInt64 = 0
    /// Statements prepared again on a node.
    public var repreparations: UInt64 = 0
    /// Connections that became ready.
    public var connectionsOpened: UInt64 = 0
    /// Connections that could not be made, or ended.
    public var connectionsLost: UInt64 = 0
    /// Connections that are ready.
    public var connections = 0
    /// Known nodes.
    public var nodes = 0
    /// Nodes that can be asked.
    public var nodesUp = 0
    /// Nodes in use that have accepted no connection since they became known.
    public var nodesUnreached = 0
    /// Pending requests.
    public var pendingRequestCount = 0
}

/// The counters behind `ClusterStatistics`.
final class ClusterCounters: Sendable {
    let requests = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)
    let overloads = Atomic<UInt64>(0)
    let retries = Atomic<UInt64>(0)
    let timeouts = Atomic<UInt64>(0)
    let repreparations = Atomic<UInt64>(0)
    let connectionsOpened = Atomic<UInt64>(0)
    let connectionsLost = Atomic<UInt64>(0)
    let connections = Atomic<Int>(0)
    let nodes = Atomic<Int>(0)
    let nodesUp = Atomic<Int>(0)
    let nodesUnreached = Atomic<Int>(0)
    let pendingRequestCount = Atomic<Int>(0)

    var statistics: ClusterStatistics {
        ClusterStatistics(
            requests: requests.load(ordering: .relaxed),
            failures: failures.load(ordering: .relaxed),
            overloads: overloads.load(ordering: .relaxed),
            retries: retries.load(ordering: .relaxed),
            timeouts: timeouts.load(ordering: .relaxed),
            repreparations: repreparations.load(ordering: .relaxed),
            connectionsOpened: connectionsOpened.load(ordering: .relaxed),
            connectionsLost: connectionsLost.load(ordering: .relaxed),
            connections: connections.load(ordering: .relaxed),
            nodes: nodes.load(ordering: .relaxed),
            nodesUp: nodesUp.load(ordering: .relaxed),
            nodesUnreached: nodesUnreached.load(ordering: .relaxed),
            pendingRequestCount: pendingRequestCount.load(ordering: .relaxed)
        )
    }
}
