import EventDecoding
import PlayerSessions

/// A query of `/queryevents/count`.
struct CountQuery: StoreQuery {
    static let known = ["num_of_hours", "until", "country"]
    static let example = #"{"num_of_hours": "24"}"#

    var hours: HourCount
    /// The end of the window; `nil` means now.
    var until: Timestamp?
    /// The only country counted; `nil` means all.
    var country: CountryCode?

    init(_ arguments: QueryArguments) throws(Problem) {
        let isURL = arguments.place == .parameter
        hours = try arguments.required("num_of_hours", CountQuery.hours)
        until = try arguments.optional("until") { value throws(QueryValueError) in
            try CountQuery.instant(value, plusMayBeSpace: isURL)
        }
        country = try arguments.optional("country", CountQuery.country)
    }

    func answer(
        from store: any SessionStore,
        for client: QueryClient,
        now: Timestamp
    ) async throws(SessionStoreError) -> CountResult {
        let window = TrailingWindow(hours, until: until ?? now)
        var counts = try await store.sessionStarts(in: window, for: client)
        if let country { counts = counts.filter { $0.key == country } }
        return CountResult(hours: hours, window: window, counts: counts)
    }

    private static func hours(_ value: QueryValue) throws(QueryValueError) -> HourCount {
        let numeral = try value.numeral()
        do throws(HourCount.ParseError) {
            return try HourCount(parsing: numeral)
        } catch {
            throw QueryValueError(error.description)
        }
    }

    /// Parses an instant; in a URL, a space before digits after the time can only be the unescaped `+` of an offset.
    private static func instant(
        _ value: QueryValue,
        plusMayBeSpace: Bool
    ) throws(QueryValueError) -> Timestamp {
        if case .number(let token) = value {
            throw QueryValueError(Timestamp.ParseError.ofNumber(Array(token.utf8).span).description)
        }
        var text = try value.text()
        if plusMayBeSpace, let space = text.lastIndex(of: UInt8(ascii: " ")),
            space >= "2016-12-02T12:48".utf8.count, space + 1 < text.count,
            (0x30...0x39).contains(text[space + 1])
        {
            text[space] = UInt8(ascii: "+")
        }
        do throws(Timestamp.ParseError) {
            return try Timestamp(parsing: text.span)
        } catch {
            throw QueryValueError(error.description)
        }
    }

    private static func country(_ value: QueryValue) throws(QueryValueError) -> CountryCode {
        let text = try value.text()
        guard let country = CountryCode(text.span) else {
            throw QueryValueError(CountryCode.rule)
        }
        return country
    }
}
