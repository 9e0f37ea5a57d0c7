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
