/// Which spans of an hour or a day were asked for of late: in the last quarter of an hour, and the one before.
struct RecentSpans: Sendable {
    /// A bit for each span of the unit, at most 144.
    private var spans = SIMD4<UInt64>()
    private var former = SIMD4<UInt64>()
    /// When the present quarter began, in ns of elapsed time.
    private var begin: Int64

    /// How long a quarter is, in ns.
    static let window: Int64 = 900_000_000_000

    /// Makes an empty one.
    init(now: Int64) { begin = now }

    /// Notes that a span was asked for, by its place in the unit.
    mutating func insert(_ place: Int, now: Int64) {
        if now - begin >= RecentSpans.window {
            former = now - begin < 2 * RecentSpans.window ? spans : SIMD4()
            spans = SIMD4()
            begin = now
        }
        spans[place / 64] |= 1 << UInt64(place % 64)
    }

    /// How many spans were asked for, as of the last one.
    var count: Int {
        let all = spans | former
        return all.indices.reduce(0) { $0 + all[$1].nonzeroBitCount }
    }
}
