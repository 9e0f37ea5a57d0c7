import Metrics

/// The metrics of a store on a cluster.
struct StoreMetrics: Sendable {
    /// Batches that a quorum took.
    let stored: Counter
    /// Failed batches; nothing is promised of them.
    let failed: Counter
    /// Flushes made by this process.
    let flushes: Counter

    init(_ registry: MetricsRegistry) {
        stored = registry.counter("player_sessions_store_batches_total", help: "Batches stored.")
        failed = registry.counter("player_sessions_store_failures_total", help: "Batches that failed.")
        flushes = registry.counter(
            "player_sessions_store_flushes_total",
            help: "Flushes of starts made by this process."
        )
    }

    func count(_ result: Result<Void, ClusterError>) {
        if case .success = result { stored.increment() } else { failed.increment() }
    }
}
