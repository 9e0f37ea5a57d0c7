import PlayerSessions

/// The sessions that changed since the generation before was closed, and the starts that came of it.
///
/// Whoever decides fills the active generation under the store's lock; once closed, it is frozen, written to sorted
/// runs by the flusher, and dropped when the last query lets go of it.
// Unchecked: changed by one thread at a time, under the store's lock; then frozen.
final class Generation: @unchecked Sendable {
    let sessions: HotSessions
    var starts = HotStarts()
    /// The sequence of the last group in it.
    private(set) var lastSequence: UInt64 = 0
    /// How many bytes its groups take in the journal.
    private(set) var journalBytes = 0
    private let bounds: GenerationBounds

    /// Room for as much as `bounds` say and, beyond that, for one group of `slack` events.
    init(_ bounds: GenerationBounds, slack: Int) throws(SessionStoreError) {
        self.bounds = bounds
        sessions = try HotSessions(capacity: bounds.sessions, slack: slack)
    }

    /// Whether the next group belongs into a new generation.
    var isFull: Bool {
        sessions.isFull || journalBytes >= bounds.journalBytes || starts.memoryBytes >= bounds.treeBytes
    }

    /// Whether half of the sessions are there, and so all of the tables' pages.
    var isHalfFull: Bool { 2 * sessions.count >= bounds.sessions }

    /// Takes everything out, for use again; costs some 100 bytes of writing for each session there is room for.
    func removeAll() {
        sessions.removeAll()
        starts = HotStarts()
        lastSequence = 0
        journalBytes = 0
    }

    /// Notes a group of which everything was taken in, and how many bytes it takes in the journal.
    func noteGroup(_ sequence: UInt64, journalBytes: Int) {
        lastSequence = sequence
        self.journalBytes += journalBytes
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

/// How much a generation holds before the next group goes to a new one: sessions, journal or starts, whichever is
/// first.
///
/// Sessions alone are no bound: one session can change without end, and each change is journaled and may leave
/// nodes in the tree of starts.
struct GenerationBounds: Equatable {
    /// How many sessions it holds.
    var sessions: Int
    /// How many bytes its groups take in the journal.
    var journalBytes: Int
    /// How many bytes its tree of starts takes.
    var treeBytes: Int

    /// Four changes of a session with usual ids; live sessions have two or three.
    private static let journalBytesOfSession = 256
    /// A start takes 11 to 30 bytes, all in one hour or scattered over a century.
    private static let treeBytesOfSession = 48
    /// Small generations are not closed for the sake of less than this.
    private static let leastJournalBytes = 16 << 20
    private static let leastTreeBytes = 8 << 20

    /// The bounds that go with so many sessions.
    init(sessions: Int) {
        self.sessions = sessions
        journalBytes = max(
            sessions * GenerationBounds.journalBytesOfSession,
            GenerationBounds.leastJournalBytes
        )
        treeBytes = max(sessions * GenerationBounds.treeBytesOfSession, GenerationBounds.leastTreeBytes)
    }
}
