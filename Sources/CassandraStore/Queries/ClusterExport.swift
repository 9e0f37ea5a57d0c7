import PlayerSessions
import Synchronization

/// Reads every session of the keyspace, players in token order.
///
/// A position is the last session that was returned: after it come the rest of its player's sessions, then the players
/// after that one.
final class ClusterExport: SessionExport {
    private enum Stage {
        case player(SessionKey)
        case players(after: Identifier?)
        case end
    }

    private struct State {
        var stage: Stage
        var page: PagingState?
    }

    private let access: ClusterAccess
    private let retention: Retention
    private let state: Mutex<State>

    init(
        access: ClusterAccess,
        retention: Retention,
        after position: ExportPosition?
    ) throws(SessionStoreError) {
        self.access = access
        self.retention = retention
        guard let position else {
            state = Mutex(State(stage: .players(after: nil)))
            return
        }
        guard let key = ClusterExport.key(position) else {
            throw SessionStoreError(
                .unusable,
                operation: "export the keyspace",
                reason: "the position is not one of a store on a cluster",
                hint: "begin at the beginning"
            )
        }
        state = Mutex(State(stage: .player(key)))
    }

    /// See `SessionExport`: returns at most one page of rows.
    func next() async throws(SessionStoreError) -> ExportedEvents? {
        while true {
            let current = state.withLock { $0 }
            let statement: Statement
            switch current.stage {
            case .player(let key): statement = .scanFactsOfPlayer(key)
            case .players(let player): statement = .scanFacts(after: player)
            case .end: return nil
            }
            let page: Page
            do throws(ClusterError) {
                page = try await access.run(.single(statement, page: current.page))
            } catch {
                throw error.storeError("export the keyspace")
            }
            state.withLock { state in
                state.page = page.next
                if page.next == nil { state.stage = ClusterExport.stage(behind: current.stage) }
            }
            if let batch = batch(of: page.rows) { return batch }
        }
    }

    private static func stage(behind stage: Stage) -> Stage {
        if case .player(let key) = stage { return .players(after: key.player) }
        return .end
    }

    private func batch(of rows: [Row]) -> ExportedEvents? {
        let now = access.surroundings.wallClock.now
        var events = EventBatch()
        var sessions = 0
        var last: SessionKey?
        for row in rows {
            guard let player = row[0].bytes, let session = row[1].bytes else { continue }
            let key = SessionKey(Identifier(unchecked: player), Identifier(unchecked: session))
            last = key
            let record = SessionFacts(starts: row[2], end: row[3]).record(retention, now: now)
            if record.start == nil, record.end == nil { continue }
            sessions += 1
            if let start = record.start {
                events.append(
                    country: start.country,
                    playerID: player.span,
                    sessionID: session.span,
                    timestamp: start.timestamp
                )
            }
            if let end = record.end {
                events.append(country: nil, playerID: player.span, sessionID: session.span, timestamp: end)
            }
        }
        guard sessions > 0, let last else { return nil }
        return ExportedEvents(events: events, sessions: sessions, position: ClusterExport.position(last))
    }

    private static func position(_ key: SessionKey) -> ExportPosition {
        ExportPosition(bytes: [UInt8(key.player.bytes.count)] + key.player.bytes + key.session.bytes)
    }

    private static func key(_ position: ExportPosition) -> SessionKey? {
        guard let length = position.bytes.first, length > 0, position.bytes.count > Int(length) + 1 else {
            return nil
        }
        let player = Array(position.bytes[1...Int(length)])
        let session = Array(position.bytes[(Int(length) + 1)...])
        guard Identifier.validate(player.span) == nil, Identifier.validate(session.span) == nil else {
            return nil
        }
        return SessionKey(Identifier(unchecked: player), Identifier(unchecked: session))
    }
}
