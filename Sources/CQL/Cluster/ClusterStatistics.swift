import Synchronization

/// What a client has done so far, and how it stands.
public struct ClusterStatistics: Sendable, Hashable {
    /// Requests that were taken.
    public var requests: UInt64 = 0
    /// Requests that failed, for whatever reason.
    public var failures: UInt64 = 0
    /// Requests that failed because too many were under way.
    public var overloads: UInt64 = 0
    /// Attempts that followed a failed one of the same request.
    public var retries: UInt64 = 0
    /// Attempts that were not answered in time.
    public var timeouts: UInt64 = 0
    /// Statements that a node had to be told again.
    public var repreparations: UInt64 = 0
    /// Connections that became ready.
    public var connectionsOpened: UInt64 = 0
    /// Connections that could not be made, or ended.
    public var connectionsLost: UInt64 = 0
    /// Connections that are ready.
    public var connections = 0
    /// Nodes that are known.
    public var nodes = 0
    /// Nodes that can be asked.
    public var nodesUp = 0
    /// Nodes that are to be asked and could not be connected to since they are known.
    public var nodesUnreached = 0
    /// Requests under way.
    public var requestsUnderWay = 0
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
    let requestsUnderWay = Atomic<Int>(0)

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
            requestsUnderWay: requestsUnderWay.load(ordering: .relaxed)
        )
    }
}
