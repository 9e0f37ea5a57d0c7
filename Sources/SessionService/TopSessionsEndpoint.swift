import HTTPServer
import PlayerSessions

/// `/queryevents/topn`: a player's latest complete sessions.
final class TopSessionsEndpoint {
    private let service: SessionService
    private let reader: QueryReader

    init(_ service: SessionService, _ reader: QueryReader) {
        self.service = service
        self.reader = reader
    }

    func handle(_ head: HTTPRequestHead, _ body: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let query: TopSessionsQuery
        do throws(Problem) {
            let arguments = unsafe try reader.arguments(
                head,
                body,
                known: TopSessionsQuery.known,
                example: TopSessionsQuery.example
            )
            query = try TopSessionsQuery(arguments)
        } catch {
            return exchange.answer(error)
        }
        service.query(exchange) { store throws(SessionStoreError) in
            let sessions = try await store.completeSessions(of: query.playerID, limit: query.limit)
            return TopSessionsAnswer(playerID: query.playerID, sessions: sessions)
        }
    }
}

/// The answer: the ids alone, then the sessions, both in the store's order.
struct TopSessionsAnswer: QueryAnswer {
    var playerID: Identifier
    var sessions: [Session]

    func write(to json: inout JSONWriter) {
        json.name("player_id")
        json.string(utf8: playerID.bytes)
        json.name("session_ids")
        json.array(sessions) { json, session in json.string(utf8: session.sessionID.bytes) }
        json.name("sessions")
        json.array(sessions) { json, session in
            json.object { json in
                json.name("session_id")
                json.string(utf8: session.sessionID.bytes)
                json.name("country")
                json.string(session.country.description)
                json.name("start")
                json.timestamp(session.start)
                json.name("end")
                json.timestamp(session.end)
                json.name("duration_seconds")
                json.seconds(microseconds: session.end.microseconds - session.start.microseconds)
            }
        }
    }
}
