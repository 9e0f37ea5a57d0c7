import PlayerSessions

/// The sessions that changed since the generation before was closed, and the starts that came of it.
///
/// The writer fills the active generation under the store's lock; once closed, it is frozen, written to sorted
/// runs by the flusher, and dropped when the last query lets go of it.
// Unchecked: changed by the writer alone, under the store's lock; then frozen.
final class Generation: @unchecked Sendable {
    let sessions: HotSessions
    var starts = HotStarts()
    /// The sequence of the last group in it.
    var lastSequence: UInt64 = 0

    init(capacity: Int, slack: Int) throws(SessionStoreError) {
        sessions = try HotSessions(capacity: capacity, slack: slack)
    }

    /// Counts what a change does to the starts.
    func count(_ entry: JournalEntry) {
        if entry.addsStart { add(entry.record.start, entry.record.country, 1) }
        if let removed = entry.removedStart { add(removed.microseconds, removed.country, -1) }
    }

    private func add(_ microseconds: Int64, _ country: UInt16, _ delta: Int64) {
        starts.add(
            microseconds,
            country: UInt16(CountryCode(uncheckedRawValue: country).ordinal),
            delta: delta
        )
    }
}
