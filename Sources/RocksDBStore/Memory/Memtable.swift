import PlayerSessions

/// A memtable: the sessions changed since the previous one was closed, and the starts that resulted.
///
/// The deciding thread fills the active memtable under the store's lock. Closed, it is immutable; the flusher writes it
/// to sorted runs, and it is reused or freed once the last query releases it.
// Unchecked: one thread at a time changes it, under the store's lock; then it is immutable while it is shared.
final class Memtable: @unchecked Sendable {
    let sessions: HotSessions
    var starts = HotStarts()
    /// The sequence of its last group.
    private(set) var lastSequence: UInt64 = 0
    /// The bytes that its groups take in the journal.
    private(set) var journalBytes = 0
    private let bounds: MemtableLimits

    /// Makes a memtable for what `bounds` allow and, beyond that, `slack` events.
    init(_ bounds: MemtableLimits, slack: Int) throws(SessionStoreError) {
        self.bounds = bounds
        sessions = try HotSessions(capacity: bounds.sessions, slack: slack)
    }

    /// Whether the next group belongs in a new memtable.
    var isFull: Bool {
        sessions.isFull || journalBytes >= bounds.journalBytes || starts.memoryBytes >= bounds.treeBytes
    }

    /// Whether it is half full; by then all pages of its tables have been touched.
    var isHalfFull: Bool { 2 * sessions.count >= bounds.sessions }

    /// Removes everything, for reuse; writes some 100 bytes for each session of capacity.
    func removeAll() {
        sessions.removeAll()
        starts = HotStarts()
        lastSequence = 0
        journalBytes = 0
    }

    /// Records a group whose changes are all in here, and the bytes that it takes in the journal.
    func noteGroup(_ sequence: UInt64, journalBytes: Int) {
        lastSequence = sequence
        self.journalBytes += journalBytes
    }

    /// Adds a change's effect to the starts.
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

/// When a memtable is full: at a number of sessions, of bytes in the journal or of bytes of starts, whichever is first.
///
/// Sessions alone are no bound: one session can change forever, and each change is journaled and may add nodes to the
/// tree of starts.
struct MemtableLimits: Equatable {
    var sessions: Int
    /// The bytes that its groups take in the journal.
    var journalBytes: Int
    /// The bytes that its tree of starts takes.
    var treeBytes: Int

    /// Four changes of a session with typical ids; live sessions have two or three.
    private static let journalBytesOfSession = 256
    /// A start takes 11 bytes if all are in one hour, 30 if they are scattered over a century.
    private static let treeBytesOfSession = 48
    /// Minimum limits: small memtables are not closed for less.
    private static let leastJournalBytes = 16 << 20
    private static let leastTreeBytes = 8 << 20

    /// Derives the bounds from a number of sessions.
    init(sessions: Int) {
        self.sessions = sessions
        journalBytes = max(
            sessions * MemtableLimits.journalBytesOfSession,
            MemtableLimits.leastJournalBytes
        )
        treeBytes = max(sessions * MemtableLimits.treeBytesOfSession, MemtableLimits.leastTreeBytes)
    }
}
