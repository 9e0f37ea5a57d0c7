/// `GET /healthz`: the process lives and its loops turn.
enum HealthEndpoint {
    static func handle(_ exchange: Exchange) {
        exchange.answer { json in
            json.name("status")
            json.string("ok")
        }
    }
}
