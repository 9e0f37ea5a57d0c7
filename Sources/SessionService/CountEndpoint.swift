import HTTPServer
import PlayerSessions

/// `/queryevents/count`: how many sessions started in the last hours, by country.
final class CountEndpoint {
    private let service: SessionService
    private let reader: QueryReader

    init(_ service: SessionService, _ reader: QueryReader) {
        self.service = service
        self.reader = reader
    }

    func handle(_ head: HTTPRequestHead, _ body: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let query: CountQuery
        do throws(Problem) {
            let arguments = unsafe try reader.arguments(
                head,
                body,
                known: CountQuery.known,
                example: CountQuery.example
            )
            query = try CountQuery(arguments)
        } catch {
            return exchange.answer(error)
        }
        let window = TrailingWindow(query.hours, until: query.until ?? service.clock.now)
        service.query(exchange) { store throws(SessionStoreError) in
            var counts = try await store.sessionStarts(in: window)
            if let country = query.country { counts = counts.filter { $0.key == country } }
            return CountAnswer(hours: query.hours, window: window, counts: counts)
        }
    }
}

/// The answer: `{"num_of_hours": 24, "from": …, "until": …, "total": 19, "count": {"FI": 12, "US": 7}}`.
struct CountAnswer: QueryAnswer {
    var hours: HourCount
    var window: TrailingWindow
    var counts: StartCounts

    func write(to json: inout JSONWriter) {
        json.name("num_of_hours")
        json.literal(hours.description)
        json.name("from")
        json.timestamp(window.from)
        json.name("until")
        json.timestamp(window.until)
        json.name("total")
        json.number(counts.values.reduce(0, +))
        json.name("count")
        json.object { json in
            for (country, count) in ordered {
                json.name(country)
                json.number(count)
            }
        }
    }

    /// By falling number, then by name.
    private var ordered: [(key: CountryCode, value: Int)] {
        counts.filter { $0.value != 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }
}
