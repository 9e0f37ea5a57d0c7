import PlayerSessions
import SessionStoreTesting
import Synchronization

@testable import CassandraStore

/// The parts of a store on a watched cluster, and time that a test lets pass.
final class Workbench: Sendable {
    let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))
    let cluster: WatchedCluster
    let core: StoreCore
    private let elapsed: Elapsed

    /// Time that only passes where it is let.
    private final class Elapsed: Sendable {
        let nanoseconds = Atomic<Int64>(0)
        let pauses = Mutex<[Int64]>([])
    }

    init(pageSize: Int = 5_000, retention: Retention = .forever) {
        let elapsed = Elapsed()
        var surroundings = Surroundings.system(wallClock: clock.wallClock)
        surroundings.elapsed = { elapsed.nanoseconds.load(ordering: .relaxed) }
        surroundings.sleep = { pause in elapsed.pauses.withLock { $0.append(pause) } }
        self.elapsed = elapsed
        cluster = WatchedCluster(InstantCluster(clock: clock.wallClock, pageSize: pageSize))
        core = StoreCore(cluster, surroundings: surroundings, retention: retention)
    }

    /// Lets time pass, in ns.
    func pass(_ nanoseconds: Int64) { elapsed.nanoseconds.add(nanoseconds, ordering: .relaxed) }

    /// The pauses that were made, in ns.
    var pauses: [Int64] { elapsed.pauses.withLock { $0 } }

    /// Tells a start that lies so many minutes back.
    func tellStart(minutesAgo: Int64, session: String = "s") async throws {
        let instant = Timestamp(microseconds: clock.now.microseconds - minutesAgo * Microseconds.perMinute)
        let event = SessionEvent(
            .start(CountryCode(ordinal: 0)),
            playerID: Identifier(unchecked: Array("p".utf8)),
            sessionID: Identifier(unchecked: Array(session.utf8)),
            timestamp: instant
        )
        try await core.store(EventBatch([event]))
    }

    /// The starts that count at present.
    func count() async throws -> Int {
        let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)
        return try await core.starts(in: always).values.reduce(0, +)
    }
}
