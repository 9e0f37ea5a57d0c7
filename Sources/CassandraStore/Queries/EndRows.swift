import PlayerSessions

/// A player's rows of the index by end, latest first, in chunks; each session once.
struct EndRows {
    private let access: ClusterAccess
    private let player: Identifier
    /// Sessions that ended at or before this instant are expired, because their starts are no later than their ends.
    private let cutoff: Timestamp?
    /// When reading must be over, in ns of elapsed time.
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
        deadline = access.surroundings.elapsed() + LatestSessionsQuery.patience
    }

    /// A row's place in the index: latest end first, and of equal ends the session whose id sorts first.
    ///
    /// A player's latest sessions are returned in this order (`Session.precedes`).
    struct Place {
        /// In microseconds since 1970.
        var end: Int64
        var session: Identifier

        /// Whether a session is at this place or before it.
        func isReached(by other: Session) -> Bool {
            let otherEnd = other.end.microseconds
            return otherEnd == end ? other.sessionID <= session : otherEnd > end
        }
    }

    /// Returns up to `count` sessions not returned before, and the last row that was read; `nil` after the last.
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
        // Later pages may lack rows of ends that moved on since the first one was read: `StaleEnds` removes them.
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
