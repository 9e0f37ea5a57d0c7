/// The store's interface to a cluster: runs one request and returns its outcome.
///
/// A request is answered when the consistency level that it names is reached. Nothing else is known about the order in
/// which replicas apply writes.
protocol Cluster: Sendable {
    /// Runs a request; a read returns one page of rows.
    ///
    /// The cluster may send a request again by itself if `Request.isRepeatable` is true.
    func run(_ request: Request) async throws(ClusterError) -> Page

    /// Releases what the cluster holds of the machine; nothing runs from then on.
    func close() async

    /// The best executor for tasks that send request after request and do little in between; `nil` for any.
    var executor: (any TaskExecutor)? { get }
}

extension Cluster {
    /// Any executor.
    var executor: (any TaskExecutor)? { nil }

    /// Does nothing: for clusters that hold nothing.
    func close() async {}
}

/// One page of a read's rows; a write has none.
struct Page: Sendable {
    /// The rows, in table order.
    var rows: [Row] = []
    /// Where the next page begins; `nil` after the last one.
    var next: PagingState?
    /// Whether the condition of a conditional batch held, so that it was applied.
    var isApplied = true
}

/// Where a page begins, as the cluster encodes it.
struct PagingState: Hashable, Sendable {
    var bytes: [UInt8]
}

/// Why a request failed, and what is known of its effect.
struct ClusterError: Error, Hashable, Sendable {
    /// What is known of the effect of a write.
    enum Outcome: Hashable, Sendable {
        /// It was not applied and never will be.
        case notApplied
        /// It may have been applied, wholly or in part, or may be applied later.
        case unknown
    }

    var outcome: Outcome
    /// What went wrong: node, statement and cause.
    var reason: String
    /// Whether waiting and sending the same again may help: after an overload, an unreachable node, a timeout.
    var isTransient = true
    /// Whether the store may retry immediately; if not, only the client should resend, later.
    var mayRepeat = true
    /// Whether a guardrail of a node refused the request; only a change of its configuration helps.
    var isGuardrail = false
    /// Whether a schema change that not every node knows of yet may be the cause.
    var mayBeRace = false
}
