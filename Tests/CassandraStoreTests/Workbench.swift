import PlayerSessions
import SessionStoreTesting
import Synchronization

@testable import CassandraStore

/// The parts of a store on a watched cluster, and time that a test lets pass.
final class Workbench: Sendable {
    let clock = ManualClock(Timestamp(microseconds: 1_480_683_600_123_456))
    let cluster: WatchedCluster
    /// What is watched.
    let instant: InstantCluster
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
        instant = InstantCluster(clock: clock.wallClock, pageSize: pageSize)
        cluster = WatchedCluster(instant)
        core = StoreCore(cluster, surroundings: surroundings, retention: retention)
    }

    /// Lets time pass, in ns.
    func pass(_ nanoseconds: Int64) { elapsed.nanoseconds.add(nanoseconds, ordering: .relaxed) }

    /// The pauses that were made, in ns.
    var pauses: [Int64] { elapsed.pauses.withLock { $0 } }

    /// The player of all events.
    static let player = Identifier(unchecked: Array("p".utf8))

    /// An event of the player; now, if no time is given.
    func event(
        _ kind: SessionEvent.Kind,
        _ session: String = "s",
        at instant: Timestamp? = nil
    ) -> SessionEvent {
        SessionEvent(
            kind,
            playerID: Workbench.player,
            sessionID: Identifier(unchecked: Array(session.utf8)),
            timestamp: instant ?? clock.now
        )
    }

    /// Tells a start that lies so many minutes back.
    func tellStart(minutesAgo: Int64, session: String = "s") async throws {
        let instant = Timestamp(microseconds: clock.now.microseconds - minutesAgo * Microseconds.perMinute)
        try await core.store(EventBatch([event(.start(CountryCode(ordinal: 0)), session, at: instant)]))
    }

    /// The registration of the process in a month.
    func registration(in state: MonthState, _ bucket: Int64) -> Registration? {
        core.writer.registrar.process(of: bucket).flatMap { state.registrations[$0] }
    }

    /// The starts that count at present.
    func count() async throws -> Int {
        let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)
        return try await core.starts(in: always).values.reduce(0, +)
    }
}
