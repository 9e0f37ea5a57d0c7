import PlayerSessions

/// A node of the tree of starts, in memory or in the runs.
@safe enum StartNodeView {
    case memory(HotStartNode)
    case stored(UnsafeRawBufferPointer)

    var isStored: Bool {
        if case .stored = self { true } else { false }
    }

    /// Calls back with every total and entry; returns `false` if stored bytes are invalid.
    @inline(__always)
    func forEach(
        total: (StartNode.Total) -> Void,
        entry: (_ offset: Int64, _ country: UInt16, _ delta: Int64) -> Void
    ) -> Bool {
        switch self {
        case .memory(let node):
            node.totals.forEach(total)
            node.forEachEntry(entry)
            return true
        case .stored(let bytes):
            return unsafe StartNode.forEach(in: bytes, total: total) {
                entry(Int64($0.offset), $0.country, $0.delta)
            }
        }
    }
}

/// Sums the starts of a window over a tree: whole buckets at the coarsest level that fits, entries at the two ragged
/// ends.
///
/// Of a bucket that the window covers in part, the shorter part is read; if that part is outside the window, it is
/// subtracted from the whole. This takes at most seventeen scans, one over months and then one per level at each end,
/// or eleven if no sixteenth of a second is oversized.
struct WindowSum {
    /// Calls back with the existing nodes of a level in a range of buckets.
    typealias Scan<Failure: Error> =
        (StartLevel, ClosedRange<Int64>, (Int64, StartNodeView) -> Void) throws(Failure) -> Void

    /// A span of time whose starts are added or subtracted.
    private struct Part {
        var begin: Int64
        var end: Int64
        /// 1, or -1 to subtract.
        var sign: Int64
    }

    private let counts = CountrySums()
    /// Whether a stored node could not be read.
    private(set) var metDamage = false
    /// Stored nodes that were expensive to read.
    private(set) var expensive: [HotStarts.Key] = []
    /// The number of totals and entries read.
    private(set) var items = 0

    /// Adds the starts of a window that one tree holds.
    mutating func add<Failure: Error>(
        _ window: TrailingWindow,
        _ scan: Scan<Failure>
    ) throws(Failure) {
        let begin = max(window.from.microseconds + 1, Timestamp.earliest.microseconds)
        let end = min(window.until.microseconds, Timestamp.latest.microseconds) + 1
        if begin < end { try add(.month, Part(begin: begin, end: end, sign: 1), scan) }
    }

    private mutating func add<Failure: Error>(
        _ level: StartLevel,
        _ part: Part,
        _ scan: Scan<Failure>
    ) throws(Failure) {
        let buckets = level.bucket(of: part.begin)...level.bucket(of: part.end - 1)
        // The parts of the end buckets to read from finer nodes.
        var ragged: [Part] = []
        let counts = counts
        var isWhole = true
        var items = 0
        var expensive: [HotStarts.Key] = []
        try scan(level, buckets) { bucket, node in
            let first = level.start(of: bucket)
            let last = level.start(of: bucket + 1)
            let inside = Part(begin: max(part.begin, first), end: min(part.end, last), sign: part.sign)
            let isCovered = inside.begin == first && inside.end == last
            let isMostlyInside = 2 * (inside.end - inside.begin) > last - first
            var totals = 0
            var entries = 0
            let read = node.forEach {
                totals += 1
                if isMostlyInside { counts.add($0.country, part.sign &* $0.delta) }
            } entry: { offset, country, delta in
                entries += 1
                let instant = first + offset
                if inside.begin <= instant, instant < inside.end { counts.add(country, part.sign &* delta) }
            }
            isWhole = isWhole && read
            items += totals + entries
            if node.isStored, OversizedNodes.isExpensive(totals + entries, at: level) {
                expensive.append(HotStarts.Key(level: level, bucket: bucket))
            }
            guard !isCovered, totals > 0 || !level.marksHandingDown else { return }
            if isMostlyInside {
                ragged += [
                    Part(begin: first, end: inside.begin, sign: -part.sign),
                    Part(begin: inside.end, end: last, sign: -part.sign),
                ].filter { $0.begin < $0.end }
            } else {
                ragged.append(inside)
            }
        }
        metDamage = metDamage || !isWhole
        self.items += items
        self.expensive += expensive
        guard let finer = level.finer else { return }
        for part in ragged { try add(finer, part, scan) }
    }

    /// The nonzero sums by country.
    var startCounts: StartCounts {
        var result = StartCounts(minimumCapacity: counts.count)
        counts.forEach { if $1 != 0 { result[CountryCode(ordinal: Int($0))] = Int($1) } }
        return result
    }
}
