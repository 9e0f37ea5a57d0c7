import EventDecoding
import PlayerSessions

/// A query of `/queryevents/topn`.
struct LatestSessionsQuery: StoreQuery {
    static let known = ["player_id", "n"]
    static let example = #"{"player_id": "0a2d12a1a7e145de8bae44c0c6e06629"}"#
    static let defaultLimit = 20

    var playerID: Identifier
    var limit: Int

    init(_ arguments: QueryArguments) throws(Problem) {
        playerID = try arguments.required("player_id", LatestSessionsQuery.identifier)
        limit = try arguments.optional("n", LatestSessionsQuery.limit) ?? LatestSessionsQuery.defaultLimit
    }

    func answer(
        from store: any SessionStore,
        for client: QueryClient,
        now: Timestamp
    ) async throws(SessionStoreError) -> LatestSessionsResult {
        let sessions = try await store.completeSessions(of: playerID, limit: limit, for: client)
        return LatestSessionsResult(playerID: playerID, sessions: sessions)
    }

    private static func identifier(_ value: QueryValue) throws(QueryValueError) -> Identifier {
        let text = try value.text()
        do throws(Identifier.ValidationError) {
            return try Identifier(text.span)
        } catch {
            throw QueryValueError(error.description)
        }
    }

    private static func limit(_ value: QueryValue) throws(QueryValueError) -> Int {
        let digits = try value.numeral()
        let isNumber = !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
        // Leading zeros do not matter; a number of four significant digits is already too large.
        let significant = digits.drop { $0 == 0x30 }.prefix(4)
        let number = significant.reduce(0) { $0 * 10 + Int($1 & 0xF) }
        guard isNumber, (1...maximumSessionsPerResponse).contains(number) else {
            throw QueryValueError("must be a whole number from 1 to \(maximumSessionsPerResponse)")
        }
        return number
    }
}
