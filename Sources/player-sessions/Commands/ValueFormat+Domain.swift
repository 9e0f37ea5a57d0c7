import Text
import Arguments
import PlayerSessions

extension ValueFormat<Timestamp> {
    /// A date and time as in events.
    static let timestamp = ValueFormat("TS") { (text) throws(InvalidValue) in
        do throws(Timestamp.ParseError) { return try Timestamp(parsing: text) } catch {
            throw InvalidValue(error.description)
        }
    }
}

extension ValueFormat<HourCount> {
    /// A number of hours as in queries.
    static let hours = ValueFormat("N", allowed: "above 0, at most \(HourCount.maximum)") {
        (text) throws(InvalidValue) in
        do throws(HourCount.ParseError) { return try HourCount(parsing: text.utf8) } catch {
            throw InvalidValue(error.description)
        }
    }
}

extension ValueFormat<CountryCode> {
    /// Two letters or digits, in either case.
    static let country = ValueFormat("CC", allowed: "two letters or digits") { (text) throws(InvalidValue) in
        guard let code = CountryCode(text) else { throw InvalidValue(CountryCode.rule) }
        return code
    }
}

extension HourCount {
    /// One day, the default of queries and of the generator.
    static let day: HourCount? = try? HourCount(parsing: "24".utf8)
}
