import HTTPServer
import Metrics

/// `GET /metrics`: everything that is counted, for Prometheus.
enum MetricsEndpoint {
    static func handle(_ exchange: Exchange) {
        exchange.service.metricsPage.read { text in
            exchange.answer(HTTPResponse(status: 200, contentType: MetricsRegistry.contentType, body: text))
        }
    }
}
