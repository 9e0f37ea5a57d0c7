import HTTPServer
import Metrics
import Text

/// `GET /healthz`: the process is alive and its loops run.
enum HealthEndpoint {
    static func handle(_ exchange: Exchange) {
        exchange.answer { json in
            json.name("status")
            json.string("ok")
        }
    }
}

/// `GET /readyz`: whether the store accepts writes, and the batch limits, which importers read here.
enum ReadinessEndpoint {
    static func handle(_ exchange: Exchange) {
        let service = exchange.service
        if service.isShuttingDown {
            return exchange.answer(Problem(.shuttingDown, "The service is shutting down."))
        }
        if let unreadiness = service.store.unreadiness {
            let reason = excerpt(unreadiness, characters: 500, bytes: 2_000)
            return exchange.answer(Problem(.notReady, "The store takes no writes: \(reason)."))
        }
        exchange.answer { json in
            json.name("status")
            json.string("ready")
            json.name("max_batch_events")
            json.number(service.limits.maximumBatchEvents)
            json.name("max_body_bytes")
            json.number(service.limits.maximumBodyBytes)
        }
    }
}

/// `GET /metrics`: all metrics, for Prometheus.
enum MetricsEndpoint {
    static func handle(_ exchange: Exchange) {
        exchange.service.metricsPage.read { text in
            exchange.answer(HTTPResponse(status: 200, contentType: MetricsRegistry.contentType, body: text))
        }
    }
}
