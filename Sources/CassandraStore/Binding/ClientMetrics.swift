internal import CQL
import Metrics

/// What a store's client tells of itself and of the cluster.
struct ClientMetrics: Sendable {
    private let reads: Counter
    private let writes: Counter

    init(_ registry: MetricsRegistry, _ client: CQL.Cluster) {
        let name = "player_sessions_store_statements_total"
        let help = "Statements that the cluster has answered, those of batches one by one."
        reads = registry.counter(name, help: help, labels: [("kind", "read")])
        writes = registry.counter(name, help: help, labels: [("kind", "write")])
        registry.counter("player_sessions_cluster_requests_total", help: "Requests to the cluster.") {
            Double(client.statistics.requests)
        }
        registry.counter(
            "player_sessions_cluster_failures_total",
            help: "Requests to the cluster that failed for good."
        ) { Double(client.statistics.failures) }
        registry.counter(
            "player_sessions_cluster_retries_total",
            help: "Requests that were sent to another node."
        ) { Double(client.statistics.retries) }
        registry.counter(
            "player_sessions_cluster_timeouts_total",
            help: "Attempts that no node answered in time."
        ) { Double(client.statistics.timeouts) }
        registry.gauge("player_sessions_cluster_nodes", help: "Nodes that are known.") {
            Double(client.statistics.nodes)
        }
        registry.gauge("player_sessions_cluster_nodes_up", help: "Nodes that can be asked.") {
            Double(client.statistics.nodesUp)
        }
        registry.gauge(
            "player_sessions_cluster_requests_running",
            help: "Requests to the cluster that are not answered yet."
        ) { Double(client.statistics.requestsUnderWay) }
    }

    /// Counts the statements of a request that was answered.
    func count(_ request: Request) {
        (request.isRead ? reads : writes).increment(by: UInt64(request.statements.count))
    }
}
