import Metrics

/// The metrics of an embedded store.
struct StoreMetrics: Sendable {
    /// Events in a committed group.
    let groupEvents: Histogram
    /// Seconds that a group's write to the journal took, including the sync.
    let syncSeconds: Histogram
    /// Seconds that a memtable's flush to the runs took.
    let flushSeconds: Histogram
    private let denied: Counter
    private let found: Counter
    private let missed: Counter

    init(_ registry: MetricsRegistry) {
        groupEvents = registry.histogram(
            "player_sessions_store_group_events",
            help: "Events made durable by one sync.",
            bounds: Histogram.sizeBounds
        )
        syncSeconds = registry.histogram(
            "player_sessions_store_sync_seconds",
            help: "Duration of the journal's synced writes.",
            bounds: Histogram.durationBounds
        )
        flushSeconds = registry.histogram(
            "player_sessions_store_flush_seconds",
            help: "Duration of writing a memtable to sorted runs.",
            bounds: Histogram.durationBounds
        )
        func lookups(_ result: String) -> Counter {
            registry.counter(
                "player_sessions_store_lookups_total",
                help:
                    "Sessions not in memory: denied by the filter, found in the sorted runs, or missed there.",
                labels: [("result", result)]
            )
        }
        denied = lookups("denied")
        found = lookups("found")
        missed = lookups("missed")
    }

    /// Counts the outcomes of a lookup.
    func observe(_ outcomes: RecordLookup.Outcomes) {
        denied.increment(by: UInt64(outcomes.denied))
        found.increment(by: UInt64(outcomes.found))
        missed.increment(by: UInt64(outcomes.missed))
    }
}
