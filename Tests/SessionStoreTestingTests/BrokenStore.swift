import PlayerSessions
import SessionStoreTesting
import Synchronization

/// Faults that a store could have; the suite has to find each.
enum Fault: String, CaseIterable, Sendable {
    case countsRepeatedStarts, dropsTheLastEvent, sortsTiesBackwards, sortsByStart
    case countsByTheClockHour, includesTheBeginning, excludesTheEnd, roundsToMilliseconds
    case keepsTheFirstStart, keepsTheFirstCountry, keepsTheFirstEnd, ignoresEndsBeforeStarts
    case foldsCase, dropsDashes, trimsSpaces, cutsLongIDs, joinsPlayerAndSession
    case answersTwenty, acknowledgesEarly, acknowledgesWhenClosed, readyWhenClosed
    case leavesOutCountries, endlessWindowsOnly, loses100YearsOld
    case exportsNoEnds, resumesExportsTooLate, resumesExportsTooEarly
}

/// A model store with one fault.
final class BrokenStore: SessionStore {
    private struct Seen {
        var starts: [SessionKey: Timestamp] = [:]
        var ends: Set<SessionKey> = []
        var repeated: StartCounts = [:]
    }

    private let store: ModelStore
    private let fault: Fault
    private let seen = Mutex(Seen())

    init(_ store: ModelStore, _ fault: Fault) {
        self.store = store
        self.fault = fault
    }

    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        if fault == .acknowledgesWhenClosed, store.unreadiness != nil { return completion(.success(())) }
        let events = batch.events
        var kept = seen.withLock { seen in events.compactMap { filter($0, &seen) } }
        if fault == .dropsTheLastEvent, kept.count > 1 { kept.removeLast() }
        let changed = EventBatch(kept)
        guard fault == .acknowledgesEarly else { return store.append(changed, completion: completion) }
        completion(.success(()))
        Task {
            try? await Task.sleep(for: .milliseconds(3))
            store.append(changed) { _ in }
        }
    }

    /// What the fault makes of an event.
    private func filter(_ event: SessionEvent, _ seen: inout Seen) -> SessionEvent? {
        var event = event
        let key = SessionKey(event.playerID, event.sessionID)
        switch (fault, event.kind) {
        case (.countsRepeatedStarts, .start(let country)):
            if seen.starts[key] == event.timestamp { seen.repeated[country, default: 0] += 1 }
            seen.starts[key] = event.timestamp
        case (.keepsTheFirstStart, .start):
            if seen.starts[key] != nil { return nil }
            seen.starts[key] = event.timestamp
        case (.keepsTheFirstCountry, .start):
            if seen.starts[key] == event.timestamp { return nil }
            seen.starts[key] = event.timestamp
        case (.keepsTheFirstEnd, .end):
            if !seen.ends.insert(key).inserted { return nil }
        case (.ignoresEndsBeforeStarts, .start):
            seen.starts[key] = event.timestamp
        case (.ignoresEndsBeforeStarts, .end):
            if seen.starts[key] == nil { return nil }
        case (.roundsToMilliseconds, _):
            event.timestamp.microseconds -= event.timestamp.microseconds % 1_000
        case (.loses100YearsOld, _):
            if event.timestamp < Timestamp(microseconds: 86_400_000_000) { return nil }
        case (.joinsPlayerAndSession, _):
            let whole = event.playerID.description + event.sessionID.description
            guard let session = try? Identifier(whole) else { return event }
            event.sessionID = session
            event.playerID = Fault.onlyPlayer
        default:
            event.playerID = fault.changed(event.playerID)
            event.sessionID = fault.changed(event.sessionID)
        }
        return event
    }

    func sessionStarts(
        in window: TrailingWindow,
        for client: QueryClient
    ) async throws(SessionStoreError) -> StartCounts {
        var window = window
        let hour = Microseconds.perHour
        switch fault {
        case .countsByTheClockHour:
            window.from.microseconds -= window.from.microseconds % hour
            window.until.microseconds -= window.until.microseconds % hour
        case .includesTheBeginning: window.from.microseconds -= 1
        case .excludesTheEnd: window.until.microseconds -= 1
        case .endlessWindowsOnly: window.until = .latest
        default: break
        }
        var counts = try await store.sessionStarts(in: window, for: client)
        if fault == .countsRepeatedStarts {
            counts.merge(seen.withLock { $0.repeated }) { $0 + $1 }
        }
        if fault == .leavesOutCountries, counts.count > 20 {
            counts = StartCounts(
                uniqueKeysWithValues: counts.sorted { $0.value > $1.value }.prefix(20).map(\.self)
            )
        }
        return counts
    }

    func completeSessions(
        of playerID: Identifier,
        limit: Int,
        for client: QueryClient
    ) async throws(SessionStoreError) -> [Session] {
        let player = fault == .joinsPlayerAndSession ? Fault.onlyPlayer : fault.changed(playerID)
        let limit = fault == .answersTwenty ? min(20, limit) : limit
        var sessions = try await store.completeSessions(of: player, limit: limit, for: client)
        if fault == .sortsTiesBackwards {
            sessions.sort { $0.end == $1.end ? $1.sessionID < $0.sessionID : $0.end > $1.end }
        }
        if fault == .sortsByStart { sessions.sort { $0.start > $1.start } }
        return sessions
    }

    func export(after position: ExportPosition?) async throws(SessionStoreError) -> any SessionExport {
        guard let position else { return BrokenExport(try await store.export(after: nil), fault) }
        switch fault {
        case .resumesExportsTooLate:
            let export = try await store.export(after: position)
            let skipped = try await export.next()?.position ?? position
            return try await store.export(after: skipped)
        case .resumesExportsTooEarly:
            var earlier = position
            earlier.bytes[earlier.bytes.count - 1] -= 1
            earlier.bytes.append(255)
            return BrokenExport(try await store.export(after: earlier), fault)
        default: return BrokenExport(try await store.export(after: position), fault)
        }
    }

    var unreadiness: String? { fault == .readyWhenClosed ? nil : store.unreadiness }

    func close() async { await store.close() }
}

/// An export that may leave out what it should not.
private struct BrokenExport: SessionExport {
    let export: any SessionExport
    let fault: Fault

    init(_ export: any SessionExport, _ fault: Fault) {
        self.export = export
        self.fault = fault
    }

    func next() async throws(SessionStoreError) -> ExportedEvents? {
        guard var batch = try await export.next() else { return nil }
        if fault == .exportsNoEnds {
            batch.events = EventBatch(batch.events.events.filter { $0.kind != .end })
        }
        return batch
    }
}

extension Fault {
    static let onlyPlayer = Identifier.of("everyone")

    /// What the fault makes of an id.
    func changed(_ id: Identifier) -> Identifier {
        let text = id.description
        switch self {
        case .foldsCase: return .of(text.lowercased())
        case .dropsDashes where text.utf8.count == 36: return .of(text.replacing("-", with: ""))
        case .trimsSpaces where text != " " && text.hasSuffix(" "): return .of(String(text.dropLast()))
        case .cutsLongIDs: return .of(String(text.prefix(127)))
        default: return id
        }
    }
}

extension Identifier {
    static func of(_ text: String) -> Identifier {
        guard let id = try? Identifier(text) else { preconditionFailure("no id: \(text)") }
        return id
    }
}
