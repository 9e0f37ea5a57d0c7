import PlayerSessions

/// The countries where players live: their shares of the players and their time zones.
struct Countries {
    /// A country, its weight among players and its hours east of UTC, both approximate.
    typealias Row = (code: String, weight: Int, hoursEast: Int)

    static let rows: [Row] = [
        ("US", 1_900, -6), ("CN", 900, 8), ("BR", 620, -3), ("DE", 560, 1), ("GB", 540, 0), ("JP", 520, 9),
        ("FR", 460, 1), ("RU", 430, 3), ("KR", 400, 9), ("IN", 390, 5), ("CA", 330, -5), ("MX", 310, -6),
        ("TR", 280, 3), ("ES", 260, 1), ("IT", 250, 1), ("PL", 230, 1), ("AU", 210, 10), ("ID", 200, 7),
        ("FI", 190, 2), ("SE", 180, 1), ("NL", 170, 1), ("TH", 160, 7), ("VN", 150, 7), ("PH", 140, 8),
        ("AR", 135, -3), ("TW", 130, 8), ("SA", 120, 3), ("UA", 110, 2), ("NO", 105, 1), ("DK", 100, 1),
        ("MY", 95, 8), ("CO", 90, -5), ("CL", 85, -4), ("BE", 80, 1), ("AT", 75, 1), ("CH", 72, 1),
        ("CZ", 68, 1), ("RO", 64, 2), ("HU", 60, 1), ("PT", 56, 0), ("ZA", 52, 2), ("GR", 48, 2),
        ("IL", 45, 2), ("AE", 42, 4), ("SG", 40, 8), ("EG", 36, 2), ("NZ", 32, 12), ("IE", 28, 0),
        ("PE", 24, -5), ("EE", 12, 2), ("IS", 6, 0), ("LU", 4, 1),
    ]

    /// The letters of the codes, by row.
    let letters: [(UInt8, UInt8)]
    /// The probability of a session in a UTC hour, at row · 24 + hour; at most 1.
    let activity: [Double]
    /// The relative activity of all countries in a UTC hour.
    let activityOfAll: [Double]
    /// Row numbers, each repeated by its weight, so that drawing one is a lookup.
    private let drawn: [UInt8]

    /// The probability that a player plays in an hour of the local day, relative to the evening.
    private static let activityByLocalHour: [Double] = [
        0.55, 0.38, 0.25, 0.17, 0.13, 0.12, 0.15, 0.22, 0.30, 0.36, 0.42, 0.47,
        0.52, 0.54, 0.56, 0.60, 0.67, 0.75, 0.84, 0.92, 0.98, 1.00, 0.92, 0.75,
    ]

    init() {
        var letters: [(UInt8, UInt8)] = []
        var activity: [Double] = []
        var ofAll = [Double](repeating: 0, count: 24)
        var drawn: [UInt8] = []
        for (index, row) in Countries.rows.enumerated() {
            let code = Array(row.code.utf8)
            letters.append((code[0], code[1]))
            for hour in 0..<24 {
                let share = Countries.activityByLocalHour[(hour + row.hoursEast + 24) % 24]
                activity.append(share)
                ofAll[hour] += share * Double(row.weight)
            }
            drawn += repeatElement(UInt8(index), count: row.weight)
        }
        self.letters = letters
        self.activity = activity
        activityOfAll = ofAll
        self.drawn = drawn
    }

    /// Draws a country by weight and returns its row.
    func draw(_ random: inout RandomSource) -> Int {
        Int(drawn[Int(random.next(below: UInt64(drawn.count)))])
    }
}
