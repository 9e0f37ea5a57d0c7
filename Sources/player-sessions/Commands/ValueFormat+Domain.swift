import Text
import Arguments
import PlayerSessions

extension ValueFormat<Timestamp> {
    /// A date and time as events have it.
    static let timestamp = ValueFormat("TS") { (text) throws(InvalidValue) in
        do throws(Timestamp.ParseError) { return try Timestamp(parsing: text) } catch {
            throw InvalidValue(error.description)
        }
    }
}

extension ValueFormat<HourCount> {
    /// A number of hours as queries have it.
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
    /// A day, as queries and the generator have it unless told otherwise.
    static let day: HourCount? = try? HourCount(parsing: "24".utf8)
}
