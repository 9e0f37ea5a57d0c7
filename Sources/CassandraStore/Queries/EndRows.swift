import PlayerSessions

/// A player's rows of the index by end, the latest first, some at a time; each session once.
struct EndRows {
    private let access: ClusterAccess
    private let player: Identifier
    /// At and behind this instant there is nothing to find: a session that ended is not older than its end, so its start
    /// is expired, too.
    private let cutoff: Timestamp?
    /// When the reading has to be over, in ns of elapsed time.
    private let deadline: Int64
    private var rest: ArraySlice<Row> = []
    private var page: PagingState?
    private var pages = 0
    private var isOver = false
    private var seen: Set<Identifier> = []

    init(access: ClusterAccess, player: Identifier, cutoff: Timestamp?) {
        self.access = access
        self.player = player
        self.cutoff = cutoff
        deadline = access.surroundings.elapsed() + TopQuery.patience
    }

    /// A row's place in the index: the latest end first, and of equal ends the session whose id sorts first.
    ///
    /// That is the order in which a top shows sessions (`Session.precedes`).
    struct Place {
        /// In microseconds since 1970.
        var end: Int64
        var session: Identifier

        /// Whether a session comes at this place or before it.
        func isReached(by other: Session) -> Bool {
            let otherEnd = other.end.microseconds
            return otherEnd == end ? other.sessionID <= session : otherEnd > end
        }
    }

    /// Some sessions that were not given before, and the last row that was looked at; `nil` behind the last.
    mutating func next(
        _ count: Int
    ) async throws(ClusterError) -> (sessions: [Identifier], last: Place)? {
        var sessions: [Identifier] = []
        var last: Place?
        while sessions.count < count, let row = try await row() {
            guard let end = row[0].number, let bytes = row[1].bytes else { continue }
            if let cutoff, end <= cutoff.microseconds {
                isOver = true
                rest = []
                break
            }
            let session = Identifier(unchecked: bytes)
            last = Place(end: end, session: session)
            if seen.insert(session).inserted { sessions.append(session) }
        }
        guard let last, !sessions.isEmpty else { return nil }
        return (sessions, last)
    }

    private mutating func row() async throws(ClusterError) -> Row? {
        while rest.isEmpty {
            if isOver { return nil }
            try await readPage()
        }
        return rest.popFirst()
    }

    private mutating func readPage() async throws(ClusterError) {
        let answer = try await access.run(.single(.readEnds(player), page: page))
        pages += 1
        guard pages <= ClusterAccess.maximumPages else {
            throw ClusterError(
                outcome: .notApplied,
                reason: "a player's ends have no end",
                isTransient: false
            )
        }
        // A page that comes later may lack the row of an end that moved on since the first one was read.
        guard access.surroundings.elapsed() < deadline else {
            throw ClusterError(
                outcome: .notApplied,
                reason: "the player's sessions were not found in time among \(seen.count) that ended"
            )
        }
        rest = answer.rows[...]
        page = answer.next
        isOver = answer.next == nil
    }
}
