import PlayerSessions

/// A node of the tree of starts, where a sum comes by it: in memory or in a run.
@safe enum StartNodeView {
    case memory(HotStartNode)
    case stored(UnsafeRawBufferPointer)

    /// Calls back with every total and every entry; `false` where stored bytes are no node.
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

/// Sums the starts of a window over a tree: whole buckets from the coarsest level that fits, entries at the
/// two ragged ends.
///
/// At most seventeen scans: one over months, then one a level at each end; eleven where no sixteenth of a second is
/// crowded.
struct WindowSum {
    /// Calls back with the nodes of a level, from one bucket through another, that exist.
    typealias Scan<Failure: Error> =
        (StartLevel, ClosedRange<Int64>, (Int64, StartNodeView) -> Void) throws(Failure) -> Void

    private let counts = CountrySums()
    /// Whether a stored node could not be read.
    private(set) var metDamage = false
    /// Nodes that hold more starts themselves than they should.
    private(set) var crowded: [HotStarts.Key] = []

    /// Adds the starts of a window that one tree holds.
    mutating func add<Failure: Error>(
        _ window: TrailingWindow,
        _ scan: Scan<Failure>
    ) throws(Failure) {
        let begin = max(window.from.microseconds + 1, Timestamp.earliest.microseconds)
        let end = min(window.until.microseconds, Timestamp.latest.microseconds) + 1
        if begin < end { try add(.month, begin, end, scan) }
    }

    private mutating func add<Failure: Error>(
        _ level: StartLevel,
        _ begin: Int64,
        _ end: Int64,
        _ scan: Scan<Failure>
    ) throws(Failure) {
        let buckets = level.bucket(of: begin)...level.bucket(of: end - 1)
        // The nodes at the ends that the window covers in part, if they exist.
        var ragged: [(begin: Int64, end: Int64)] = []
        let counts = counts
        var isWhole = true
        var crowded: [HotStarts.Key] = []
        try scan(level, buckets) { bucket, node in
            let first = level.start(of: bucket)
            let last = level.start(of: bucket + 1)
            let covers = begin <= first && last <= end
            var hasTotals = false
            var entries = 0
            let read = node.forEach {
                hasTotals = true
                if covers { counts.add($0.country, $0.delta) }
            } entry: { offset, country, delta in
                entries += 1
                let instant = first + offset
                if covers || (begin <= instant && instant < end) { counts.add(country, delta) }
            }
            isWhole = isWhole && read
            if entries > CrowdedStarts.maximumEntries(of: level) {
                crowded.append(HotStarts.Key(level: level, bucket: bucket))
            }
            if !covers, hasTotals || !level.marksHandingDown {
                ragged.append((max(begin, first), min(end, last)))
            }
        }
        metDamage = metDamage || !isWhole
        self.crowded += crowded
        guard let finer = level.finer else { return }
        for part in ragged { try add(finer, part.begin, part.end, scan) }
    }

    /// The sums of the countries that have one.
    var startCounts: StartCounts {
        var result: StartCounts = [:]
        counts.forEach { if $1 != 0 { result[CountryCode(ordinal: Int($0))] = Int($1) } }
        return result
    }
}
