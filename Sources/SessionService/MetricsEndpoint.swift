import HTTPServer
import Metrics

/// `GET /metrics`: everything that is counted, for Prometheus.
enum MetricsEndpoint {
    static func handle(_ exchange: Exchange) {
        exchange.answer(
            HTTPResponse(
                status: 200,
                contentType: MetricsRegistry.contentType,
                body: exchange.service.registry.render()
            )
        )
    }
}
