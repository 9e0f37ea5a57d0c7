import PlayerSessions
import Synchronization

/// An export of the model's records as of its beginning, in the order of their keys.
final class ModelExport: SessionExport {
    private static let sessionsPerBatch = 100
    private let total: Int
    private let rest: Mutex<[(key: SessionKey, record: SessionRecord)]>

    init(_ records: [SessionKey: SessionRecord], after position: ExportPosition?) {
        let sorted = records.map { (key: $0.key, record: $0.value) }
            .sorted { ModelExport.precedes(ModelExport.bytes($0.key), ModelExport.bytes($1.key)) }
        total = sorted.count
        rest = Mutex(
            sorted.filter { record in
                position.map { ModelExport.precedes($0.bytes, ModelExport.bytes(record.key)) } ?? true
            }
        )
    }

    func next() async throws(SessionStoreError) -> ExportedEvents? {
        let (batch, left) = rest.withLock { rest in
            let batch = Array(rest.prefix(ModelExport.sessionsPerBatch))
            rest.removeFirst(batch.count)
            return (batch, rest.count)
        }
        guard let last = batch.last else { return nil }
        return ExportedEvents(
            events: EventBatch(batch.flatMap { ModelExport.events(of: $0.key, $0.record) }),
            sessions: batch.count,
            position: ExportPosition(bytes: ModelExport.bytes(last.key)),
            share: 1 - Double(left) / Double(total)
        )
    }

    private static func events(of key: SessionKey, _ record: SessionRecord) -> [SessionEvent] {
        var events: [SessionEvent] = []
        if let start = record.start {
            events.append(
                SessionEvent(
                    .start(start.country),
                    playerID: key.playerID,
                    sessionID: key.sessionID,
                    timestamp: start.timestamp
                )
            )
        }
        if let end = record.end {
            events.append(
                SessionEvent(.end, playerID: key.playerID, sessionID: key.sessionID, timestamp: end)
            )
        }
        return events
    }

    /// The length in front keeps keys apart, whatever the ids hold.
    private static func bytes(_ key: SessionKey) -> [UInt8] {
        [UInt8(key.playerID.bytes.count)] + key.playerID.bytes + key.sessionID.bytes
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
