import PlayerSessions

/// Which spans of a bucket a roller sums now, and which markers it removes with that.
struct RollUpPlan: Sendable {
    /// The spans, in the order in which they are found: rising, from behind the one that was summed last.
    private(set) var spans: [Int64] = []
    /// The markers that go.
    private(set) var markers: [BucketReader.Marked] = []
    /// The leases of hours and days that are old enough to go, and stay: for want of other spans, or of room.
    private(set) var unfinished: [BucketReader.Marked] = []

    /// The most spans that one batch sums: their sums and those of their hours and days stay well below 50 KB.
    static let maximumSpans = 16
    /// The most markers that one batch removes.
    static let maximumMarkers = 128
    /// A span that still has a lease waits until it has none, unless so many markers could go: a span into
    /// which something is told all the time would gather them without end.
    static let crowd = 16

    /// Whether there is nothing to do.
    var isEmpty: Bool { spans.isEmpty && markers.isEmpty }

    /// Plans for the markers of a bucket, as the watch knows them; `sumsAllSpans` is the rule of this name.
    ///
    /// What is set aside stays as it is: the changes of some sessions with the spans that they mark, and some spans.
    ///
    /// It begins behind the span that was summed last and goes round. Leases that are old enough are then done with after
    /// one round, however many others become so meanwhile.
    init(
        _ marked: [BucketReader.Marked],
        now: Timestamp,
        watched: MarkerWatch.View,
        sumsAllSpans: Bool,
        setAside: SetAside = SetAside()
    ) {
        var marks: [TierUnit: Marks] = [:]
        var aside = setAside.spans
        for one in marked {
            marks[TierUnit(one.marker.tier, ofSpan: one.span), default: Marks()].add(one, watched)
            if let change = one.marker.change, setAside.sessions.contains(change.key) {
                aside.insert(one.span)
            }
        }
        let concerned = Set(marks.keys.flatMap(\.spans)).sorted()
        let first = concerned.firstIndex { $0 > watched.last } ?? 0
        for span in concerned[first...] + concerned[..<first] {
            if spans.count == RollUpPlan.maximumSpans { break }
            guard Tier.span.begin(of: span + 1) <= now.microseconds, !aside.contains(span) else { continue }
            let all = Tier.leased.compactMap { marks[TierUnit($0, ofSpan: span)] }
            let (count, ripe) = (all.reduce(0) { $0 + $1.count }, all.reduce(0) { $0 + $1.ripe.count })
            guard ripe == count || ripe >= RollUpPlan.crowd, all.contains(where: { $0.lacks(span) })
            else { continue }
            let own = marks[TierUnit(.span, ofSpan: span)]?.ripe ?? []
            let room = RollUpPlan.maximumMarkers - markers.count
            // At least one span makes progress, however many markers it has.
            guard own.count <= room || spans.isEmpty else { break }
            spans.append(span)
            markers += own.prefix(room)
        }
        place(marked.filter { $0.marker.tier != .span }, watched, sumsAllSpans)
    }

    /// Says of leases of several spans whether they go.
    private mutating func place(
        _ leases: [BucketReader.Marked],
        _ watched: MarkerWatch.View,
        _ sumsAllSpans: Bool
    ) {
        let chosen = Set(spans)
        for lease in leases {
            guard let summed = watched.removable[lease.marker.id] else { continue }
            let isDone = lease.spans.allSatisfy { chosen.contains($0) || summed.contains($0) }
            if isDone || (!sumsAllSpans && !chosen.isEmpty), markers.count < RollUpPlan.maximumMarkers {
                markers.append(lease)
            } else {
                unfinished.append(lease)
            }
        }
    }
}

/// The markers of one unit.
private struct Marks {
    /// How many there are.
    var count = 0
    /// Those that may go once the spans are summed.
    var ripe: [BucketReader.Marked] = []
    /// The spans that were summed since all of the ripe ones could go.
    private var summed: Set<Int64>?

    mutating func add(_ marked: BucketReader.Marked, _ watched: MarkerWatch.View) {
        count += 1
        var own: Set<Int64> = []
        switch marked.marker.purpose {
        case .change: break
        case .lease(let tier):
            guard let known = watched.removable[marked.marker.id] else { return }
            if tier != .span { own = known }
        case .unknown: return
        }
        ripe.append(marked)
        summed = summed?.intersection(own) ?? own
    }

    /// Whether a span has to be summed before all of the ripe ones can go.
    func lacks(_ span: Int64) -> Bool { summed.map { !$0.contains(span) } ?? false }
}
