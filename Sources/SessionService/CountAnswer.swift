import PlayerSessions

/// What `/queryevents/count` answers:
/// `{"num_of_hours": 24, "from": …, "until": …, "total": 19, "count": {"FI": 12, "US": 7}}`.
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
