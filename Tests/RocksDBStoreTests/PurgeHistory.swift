import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// A random history of sixty days whose clock moves on with the events, under a retention of ten days.
///
/// Strategy: few players and sessions, so that sessions begin anew when they were forgotten; events from the
/// last twenty-five days, so that each purge meets starts, ends and both on either side of its horizon.
/// Invariants: the store answers what the model answers; a copy of its directory, opened anew, too; under a
/// longer retention a copy holds at least what is later than the horizon, and takes older events in anew.
struct PurgeHistory {
    private static let retention = Retention(days: 10)
    private static let longer = Retention(days: 40)

    var random: SeededRandom
    var now: Timestamp
    private var model = Model(retention: PurgeHistory.retention)
    private let players = ["p", "q", "0a2d12a1a7e145de8bae44c0c6e06629"]

    init(seed: UInt64, now: Timestamp) {
        random = SeededRandom(seed: seed)
        self.now = now
    }

    /// The next batches, which the model has taken in.
    mutating func news(at now: Timestamp) -> [EventBatch] {
        self.now = now
        let batches = (0..<3).map { _ in
            EventBatch((0..<random.element(of: [1, 5, 40])).map { _ in event() })
        }
        for batch in batches { model.apply(batch, now: now) }
        return batches
    }

    private mutating func event() -> SessionEvent {
        let player = random.element(of: players)
        let session = "s\(Int.random(in: 0..<30, using: &random))"
        let timestamp = now - Int64.random(in: 0...(25 * day), using: &random)
        return random.once(in: 2)
            ? start(player, session, random.element(of: ["FI", "US"]), timestamp)
            : end(player, session, timestamp)
    }

    private mutating func windows() -> [TrailingWindow] {
        [always]
            + (0..<4).map { _ in
                let until = now - Int64.random(in: 0...(30 * day), using: &random)
                return TrailingWindow(
                    from: until - Int64.random(in: 1...(12 * day), using: &random),
                    until: until
                )
            }
    }

    /// Compares every player and some windows.
    mutating func expectAgreement(of store: RocksDBStore, _ context: Comment) async throws {
        for window in windows() {
            #expect(try await store.sessionStarts(in: window) == model.counts(in: window, now: now), context)
        }
        for player in players {
            #expect(
                try await store.completeSessions(of: id(player), limit: 100)
                    == model.latestSessions(of: id(player), limit: 100, now: now),
                context
            )
        }
    }

    /// Opens a copy from amid a purge under the same and under a longer retention.
    mutating func tryCopy(
        _ directory: TemporaryDirectory,
        _ harness: RocksDBHarness,
        _ horizon: Int64,
        _ context: Comment
    ) async throws {
        let same = try directory.copy()
        let store = try harness.openStore(at: same, retention: PurgeHistory.retention)
        try await expectAgreement(of: store, context)
        _ = try store.sweep()
        try await expectAgreement(of: store, context)
        #expect(try store.inspection(through: horizon).leftovers == [], context)
        #expect(try store.inspection(through: horizon).wrongMonths == [], context)
        await store.close()
        try await tryLonger(directory, harness, horizon, context)
    }

    private mutating func tryLonger(
        _ directory: TemporaryDirectory,
        _ harness: RocksDBHarness,
        _ horizon: Int64,
        _ context: Comment
    ) async throws {
        let store = try harness.openStore(at: directory, retention: PurgeHistory.longer)
        var longer = model
        longer.retention = PurgeHistory.longer
        for window in windows() {
            let young = window.clipped(after: Timestamp(microseconds: horizon))
            #expect(try await store.sessionStarts(in: young) == longer.counts(in: young, now: now), context)
        }
        // Old events come in anew: of sessions that were purged, and of some that are there.
        let before = try await store.sessionStarts(in: always)
        let old = Timestamp(microseconds: horizon) - 2 * day
        let batch = EventBatch((0..<10).map { start("new", "s\($0)", "SE", old - Int64($0) * hour) })
        for _ in 0..<2 { try await store.append(batch) }
        let after = try await store.sessionStarts(in: always)
        #expect(after == before.merging(counts(["SE": 10])) { $0 + $1 }, context)
        let known = players.flatMap { player in
            (0..<30).map { start(player, "s\($0)", "SE", old) }
        }
        for _ in 0..<2 { try await store.append(EventBatch(known)) }
        #expect(try await store.sessionStarts(in: always) == counts(["SE": 100]), context)
        #expect(try store.inspection(through: .min).wrongMonths == [], context)
        await store.close()
    }
}
