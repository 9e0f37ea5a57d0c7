import Metrics

/// What a store on a cluster tells of itself.
struct StoreMetrics: Sendable {
    /// Batches that a quorum took.
    let stored: Counter
    /// Batches of which nothing is promised.
    let failed: Counter
    /// Flushes that this process made.
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
