/// Looks which entries of a log were not flushed although their generation was.
///
/// There are none, as a rule. An entry may have come too late, and was not acknowledged then. Where tables were set back, any
/// entry may be missing.
struct LogReview: Sendable {
    let access: ClusterAccess
    let bucket: Int64

    /// The entries of a log that are not among the flushed starts; all that was flushed must be entered there.
    ///
    /// It costs a read for each minute in which starts of the log lie.
    func missing(in place: Place) async throws(ClusterError) -> [LogEntry] {
        var rows: [FlushedStarts.RowKey: [LogEntry]] = [:]
        try await access.forEachPage(.readLog(bucket: bucket, place)) { [bucket] page in
            for row in page {
                guard let entry = LogEntry(row, of: place, in: bucket) else { continue }
                rows[entry.row, default: []].append(entry)
            }
        }
        let missing = try await concurrently(Array(rows.values), limit: Flusher.width) {
            [access] entries throws(ClusterError) in
            let row = try await access.rows(.readFlushedEntries(entries[0].row)).first
            let digests = MinuteStarts.digests(row?[1].bytes ?? [])
            return entries.filter { !digests.contains($0.digest) }
        }
        return missing.flatMap(\.self)
    }
}
