import PlayerSessions

/// The response of `/queryevents/count`.
///
/// `{"num_of_hours": 24, "from": …, "until": …, "total": 19, "count": {"FI": 12, "US": 7}}`
struct CountResult: QueryResult {
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
        json.number(total)
        json.name("count")
        json.object { json in
            for (country, count) in ordered {
                json.name(country)
                json.number(count)
            }
        }
    }

    /// The sum of all countries, saturated, since counts of a damaged cluster could overflow it.
    private var total: Int {
        counts.values.reduce(0) { total, count in
            let (sum, overflow) = total.addingReportingOverflow(count)
            return overflow ? .max : sum
        }
    }

    /// By count, highest first, then by country.
    private var ordered: [(key: CountryCode, value: Int)] {
        counts.filter { $0.value != 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }
}
