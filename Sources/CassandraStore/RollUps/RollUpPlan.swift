import PlayerSessions

/// Which spans of a bucket a roller sums now, and which markers it removes with that.
struct RollUpPlan: Sendable {
    /// The spans, rising.
    private(set) var spans: [Int64] = []
    /// The markers that go.
    private(set) var markers: [BucketReader.Marked] = []
    /// The leases of hours and days that could go, but for other spans of theirs.
    private(set) var unfinished: [BucketReader.Marked] = []

    /// The most spans that one batch sums: their sums and those of their hours and days stay well below 50 KB.
    static let maximumSpans = 16
    /// The most markers that one batch removes.
    static let maximumMarkers = 128
    /// A span that still has a lease waits until it has none, unless so many markers could go: a span into
    /// which something is told all the time would gather them without end.
    static let crowd = 16

    /// The tiers of leases of several spans.
    private static let wideTiers: [Tier] = [.hour, .day]

    /// Whether there is nothing to do.
    var isEmpty: Bool { spans.isEmpty && markers.isEmpty }

    /// Plans for the markers of a bucket.
    ///
    /// `removable` are the leases that were watched long enough, each with the spans that were summed since then.
    /// `sumsAllSpans` is the rule of this name.
    init(
        _ marked: [BucketReader.Marked],
        now: Timestamp,
        removable: [Marker.ID: Set<Int64>],
        sumsAllSpans: Bool
    ) {
        let byUnit = Dictionary(grouping: marked) { TierUnit($0.marker.tier, ofSpan: $0.span) }
        func isRipe(_ marked: BucketReader.Marked) -> Bool {
            marked.marker.change != nil || removable[marked.marker.id] != nil
        }
        for span in Set(byUnit.keys.flatMap(\.spans)).sorted() {
            guard Tier.span.begin(of: span + 1) <= now.microseconds, spans.count < RollUpPlan.maximumSpans
            else { break }
            let own = byUnit[TierUnit(.span, ofSpan: span)] ?? []
            let wide = RollUpPlan.wideTiers.flatMap { byUnit[TierUnit($0, ofSpan: span)] ?? [] }
            let (ripe, ripeWide) = (own.filter(isRipe), wide.filter(isRipe))
            let ripeCount = ripe.count + ripeWide.count
            guard ripeCount == own.count + wide.count || ripeCount >= RollUpPlan.crowd else { continue }
            let isSummed = ripeWide.allSatisfy { removable[$0.marker.id]?.contains(span) ?? false }
            if ripe.isEmpty, isSummed { continue }
            let room = RollUpPlan.maximumMarkers - markers.count
            // At least one span makes progress, however many markers it has.
            guard ripe.count <= room || spans.isEmpty else { break }
            spans.append(span)
            markers += ripe.prefix(room)
        }
        for lease in marked where lease.marker.tier != .span && isRipe(lease) {
            let rest = Set(lease.spans).subtracting(removable[lease.marker.id] ?? []).subtracting(spans)
            let isDone = rest.isEmpty || (!sumsAllSpans && !spans.isEmpty)
            if isDone, markers.count < RollUpPlan.maximumMarkers {
                markers.append(lease)
            } else {
                unfinished.append(lease)
            }
        }
    }
}
