import PlayerSessions

/// Which spans of a bucket a roller sums now, and which markers it removes with that.
struct RollUpPlan: Sendable {
    /// The spans, rising.
    private(set) var spans: [Int64] = []
    /// The markers that go.
    private(set) var markers: [BucketReader.Marked] = []

    /// The most spans that one batch sums: their sums and those of their hours and days stay well below 50 KB.
    static let maximumSpans = 16
    /// The most markers that one batch removes.
    static let maximumMarkers = 128
    /// A span that still has a lease waits until it has none, unless so many markers could go: a span into
    /// which something is told all the time would gather them without end.
    static let crowd = 16

    /// Plans for the markers of a bucket; `isRemovable` holds of leases that were watched long enough.
    init(_ marked: [BucketReader.Marked], now: Timestamp, isRemovable: (Marker.ID) -> Bool) {
        let bySpan = Dictionary(grouping: marked, by: \.span)
        for (span, all) in bySpan.sorted(by: { $0.key < $1.key }) {
            guard Tier.span.begin(of: span + 1) <= now.microseconds, spans.count < RollUpPlan.maximumSpans
            else { break }
            let ripe = all.filter { $0.marker.change != nil || isRemovable($0.marker.id) }
            guard ripe.count == all.count || ripe.count >= RollUpPlan.crowd else { continue }
            let room = RollUpPlan.maximumMarkers - markers.count
            // At least one span makes progress, however many markers it has.
            guard ripe.count <= room || spans.isEmpty else { break }
            spans.append(span)
            markers += ripe.prefix(room)
        }
    }
}
