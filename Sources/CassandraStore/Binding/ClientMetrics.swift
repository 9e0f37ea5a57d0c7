internal import CQL
import Metrics

/// The metrics of the store's client and of its cluster.
struct ClientMetrics: Sendable {
    private let reads: Counter
    private let writes: Counter
    private let rows: Counter

    init(_ registry: MetricsRegistry, _ client: CQL.Cluster) {
        let name = "player_sessions_store_statements_total"
        let help = "Statements that the cluster has answered, those of batches one by one."
        reads = registry.counter(name, help: help, labels: [("kind", "read")])
        writes = registry.counter(name, help: help, labels: [("kind", "write")])
        rows = registry.counter(
            "player_sessions_store_rows_total",
            help: "Rows that the cluster has answered reads with."
        )
        for (name, help, value) in ClientMetrics.counters {
            registry.counter(name, help: help) { Double(client.statistics[keyPath: value]) }
        }
        for (name, help, value) in ClientMetrics.gauges {
            registry.gauge(name, help: help) { Double(client.statistics[keyPath: value]) }
        }
    }

    private static var counters: [(String, String, any KeyPath<ClusterStatistics, UInt64> & Sendable)] {
        [
            ("player_sessions_cluster_requests_total", "Requests to the cluster.", \.requests),
            (
                "player_sessions_cluster_failures_total", "Requests to the cluster that failed for good.",
                \.failures
            ),
            ("player_sessions_cluster_retries_total", "Requests that were sent to another node.", \.retries),
            ("player_sessions_cluster_timeouts_total", "Attempts that no node answered in time.", \.timeouts),
        ]
    }

    private static var gauges: [(String, String, any KeyPath<ClusterStatistics, Int> & Sendable)] {
        [
            ("player_sessions_cluster_nodes", "Nodes that are known.", \.nodes),
            ("player_sessions_cluster_nodes_up", "Nodes that can be asked.", \.nodesUp),
            (
                "player_sessions_cluster_nodes_unreached",
                "Nodes in use that have never accepted a connection.",
                \.nodesUnreached
            ),
            (
                "player_sessions_cluster_requests_running",
                "Requests to the cluster that are not answered yet.", \.pendingRequestCount
            ),
        ]
    }

    /// Counts the statements of an answered request and, if it is a read, the rows of its page.
    func count(_ request: Request, _ page: Page) {
        (request.isRead ? reads : writes).increment(by: UInt64(request.statements.count))
        if request.isRead { rows.increment(by: UInt64(page.rows.count)) }
    }
}
