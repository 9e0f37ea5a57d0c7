/// What the store asks of a cluster: to run one request, and say what came of it.
///
/// A request is answered when the consistency level that it names has answered. Nothing else is known of the order
/// in which replicas apply writes.
protocol Cluster: Sendable {
    /// Runs a request; a read gives one page of rows.
    ///
    /// A request may be sent again by the cluster itself, where `Request.isRepeatable` says so.
    func run(_ request: Request) async throws(ClusterError) -> Page

    /// Gives back what the cluster holds of the machine; nothing is run from then on.
    func close() async

    /// Where tasks run best that send one request after the other and do little between them; `nil` for anywhere.
    var executor: (any TaskExecutor)? { get }
}

extension Cluster {
    /// Anywhere.
    var executor: (any TaskExecutor)? { nil }

    /// Does nothing: for clusters that hold nothing.
    func close() async {}
}

/// One page of a read's rows; a write has none.
struct Page: Sendable {
    /// The rows, in the order of the table.
    var rows: [Row] = []
    /// Where the next page begins; `nil` behind the last one.
    var next: PagingState?
    /// Of a conditional batch: whether its condition held, and so whether it was applied.
    var isApplied = true
}

/// Where a page begins, as the cluster understands it.
struct PagingState: Hashable, Sendable {
    /// The cluster's bytes.
    var bytes: [UInt8]
}

/// Why a request has no answer, and what is known of its effect.
struct ClusterError: Error, Hashable, Sendable {
    /// What is known of the effect of a write.
    enum Outcome: Hashable, Sendable {
        /// It was not applied and never will be.
        case notApplied
        /// It may have been applied, wholly or in part, or be applied later.
        case unknown
    }

    /// What is known of the effect.
    var outcome: Outcome
    /// What went wrong: node, statement and cause.
    var reason: String
    /// Whether waiting and sending the same again can help: an overload, an unreachable node, a timeout.
    var isTransient = true
    /// Whether that may be at once, by whoever has the request; else only later, by whoever sent the batch.
    var mayRepeat = true
    /// Whether a guardrail of a node's refused the request: for good, until somebody changes its configuration.
    var isGuardrail = false
    /// Whether a change of the schema that not every node knows of yet may be to blame.
    var mayBeRace = false
}
