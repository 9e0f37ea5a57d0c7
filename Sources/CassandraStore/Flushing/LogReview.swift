/// Finds the entries of a log that were not flushed although their generation was.
///
/// Usually there are none. An entry may have come too late, and was not acknowledged then. If tables were set back, any
/// entry may be missing.
struct LogReview: Sendable {
    let access: ClusterAccess
    let bucket: Int64

    /// Returns the entries of a log that are not in `flushed_starts`; everything flushed must be entered there.
    ///
    /// The cost is a read for each minute in which the log has starts.
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
