import PlayerSessions

/// Numbers hours as the original's tables do.
enum HourNumber {
    /// Returns YYMMDDHH of an hour since 1970: (year − 2000) · 10⁶ + month · 10⁴ + day · 10² + hour; negative before
    /// 2000.
    static func number(ofHour hour: Int64) -> Int32 {
        let (days, hours) = hour.quotientAndRemainder(flooringBy: 24)
        let date = CivilDate(daysSinceEpoch: Int(days))
        return Int32((date.year - 2_000) * 1_000_000 + date.month * 10_000 + date.day * 100 + Int(hours))
    }
}
