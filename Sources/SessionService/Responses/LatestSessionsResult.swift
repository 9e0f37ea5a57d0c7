import PlayerSessions

/// The response of `/queryevents/topn`: the session ids alone, then the sessions, both in the store's order.
struct LatestSessionsResult: QueryResult {
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
