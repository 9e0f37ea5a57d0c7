/// Reads what a month's partition holds.
struct BucketReader: Sendable {
    let access: ClusterAccess
    let bucket: Int64

    /// A marker and where it is.
    struct Marked: Hashable, Sendable {
        var span: Int64
        var marker: Marker

        /// The spans that it marks.
        var spans: Range<Int64> { marker.tier.spans(of: marker.tier.unit(ofSpan: span)) }
    }

    /// A sum, and the version in which it last changed.
    struct Sum: Sendable {
        var unit: Int64
        var totals: StartTotals
        var changed: Int64
    }

    /// The markers.
    func markers() async throws(ClusterError) -> [Marked] {
        try await access.rows(.readMarkers(bucket: bucket)).compactMap(BucketReader.marked)
    }

    /// What a row of markers says; `nil` for the sum of the month, which is read with them.
    private static func marked(_ row: Row) -> Marked? {
        guard row[0].number == Int64(Tier.markers), let span = row[1].number,
            Tier.possibleSpans.contains(span)
        else { return nil }
        let id = Marker.ID(bytes: row[2].bytes ?? [])
        return Marked(span: span, marker: Marker(id: id, content: row[3].bytes ?? []))
    }

    /// The spans that have a marker, rising, and behind them in the same read the sum of the month.
    ///
    /// A replica that answers before a month is summed has its markers, one that answers behind their removal has not. Such
    /// answers differ, and Cassandra reads once more: then all has happened, and a quorum has the sum.
    func markedSpans() async throws(ClusterError) -> (spans: [Int64], monthTotal: StartTotals) {
        var spans: [Int64] = []
        var month = StartTotals()
        try await access.forEachPage(.readMarkers(bucket: bucket)) { rows in
            for row in rows {
                if let marked = BucketReader.marked(row) {
                    // Rows come in the order of the table, so what is known is a beginning.
                    let last = spans.last ?? .min
                    spans += marked.spans.drop { $0 <= last }
                } else {
                    month = StartTotals(packed: row[3].bytes ?? [])
                }
            }
        }
        return (spans, month)
    }

    /// The sums of some units of a tier.
    func totals(_ tier: Tier, _ units: ClosedRange<Int64>) async throws(ClusterError) -> [Sum] {
        try await access.rows(.readTotals(bucket: bucket, tier, units: units)).compactMap { row in
            guard let unit = row[0].number, units.contains(unit) else { return nil }
            return Sum(
                unit: unit,
                totals: StartTotals(packed: row[1].bytes ?? []),
                changed: row[2].number ?? 0
            )
        }
    }

    /// Every sum of the month.
    func allTotals() async throws(ClusterError) -> [Tier: [Int64: StartTotals]] {
        var all: [Tier: [Int64: StartTotals]] = [:]
        let instants = Tier.month.instants(of: bucket)
        for tier in Tier.allCases {
            let units = tier.unit(of: instants.lowerBound)...tier.unit(of: instants.upperBound - 1)
            for sum in try await totals(tier, units) { all[tier, default: [:]][sum.unit] = sum.totals }
        }
        return all
    }

    /// The version, `nil` where nothing was summed, and the version up to which hours were copied.
    func version() async throws(ClusterError) -> (version: Int64?, copied: Int64) {
        let row = try await access.rows(.readVersion(bucket: bucket)).first
        return (row?[0].number, row?[1].number ?? 0)
    }
}
