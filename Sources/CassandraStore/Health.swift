import Logging
import PlayerSessions
import Synchronization

/// Whether the cluster takes writes, and whether its clocks and this machine's agree.
///
/// A write of the store's own decides, not the batches: one that fails may be one session's trouble, and would take every
/// process that is sent that session from its load balancer. But a batch that went otherwise than the last such write
/// makes the next one come soon.
final class Health: Sendable {
    /// How often it looks.
    struct Pace: Sendable {
        /// The pause between two looks, in ns: 5 seconds.
        var pause: Int64 = 5_000_000_000
        /// The pause where there is doubt, in ns: a second.
        var shortPause: Int64 = 1_000_000_000
    }

    private struct State {
        /// Why the last write of its own failed.
        var failure: String?
        /// What the clocks show, where they differed too much in the last look.
        var difference: String?
        /// Whether they did in the look before it, too.
        var isDifferenceConfirmed = false
        /// Whether something contradicts the last look.
        var isInDoubt = false
        /// What was wrong when it was last logged.
        var logged: String?

        var unreadiness: String? { failure ?? (isDifferenceConfirmed ? difference : nil) }
    }

    /// A try of the cluster; its error says why the store is not ready.
    typealias Attempt = @Sendable () async throws(ClusterError) -> Void

    private let access: ClusterAccess
    private let attempt: Attempt
    private let logger: Logger
    private let state = Mutex(State())

    /// The most by which the clocks may differ, in µs: a minute.
    ///
    /// Expiry is judged by clocks; leases are not.
    static let maximumDifference = Microseconds.perMinute

    /// `attempt` is what the store writes, and reads, of its own.
    init(_ access: ClusterAccess, logger: Logger, attempt: @escaping Attempt) {
        self.access = access
        self.attempt = attempt
        self.logger = logger
    }

    /// `nil` while all is well, else what is not.
    var unreadiness: String? { state.withLock(\.unreadiness) }

    /// Whether the next look should come soon.
    var isInDoubt: Bool { state.withLock(\.isInDoubt) }

    /// Takes note of how a batch went.
    func observe(_ result: Result<Void, ClusterError>) {
        let isStored = (try? result.get()) != nil
        state.withLock { state in
            if isStored != (state.failure == nil) { state.isInDoubt = true }
        }
    }

    /// Looks again and again, until the task is cancelled.
    func watch(_ pace: Pace) async {
        while !Task.isCancelled {
            await look()
            var paused: Int64 = 0
            repeat {
                await access.surroundings.sleep(pace.shortPause)
                paused += pace.shortPause
            } while paused < pace.pause && !isInDoubt && !Task.isCancelled
        }
    }

    /// Makes its attempt, a write at quorum above all, and compares clocks; logs when the store begins or ceases to take writes.
    func look() async {
        // Whatever is observed from here on may contradict what this look finds.
        state.withLock { $0.isInDoubt = false }
        await makeAttempt()
        if state.withLock({ $0.failure == nil }) { await compareClocks() }
        if Task.isCancelled { return }
        let (before, after) = state.withLock { state in
            let now = state.unreadiness
            defer { state.logged = now }
            return (state.logged, now)
        }
        if let after, before == nil {
            logger.log(.warning, "the store takes no writes", ["reason": after])
        } else if before != nil, after == nil {
            logger.log(.info, "the store takes writes again")
        }
    }

    private func makeAttempt() async {
        let result = await Result { () async throws(ClusterError) in try await attempt() }
        state.withLock { state in
            if case .failure(let error) = result { state.failure = error.reason } else { state.failure = nil }
        }
    }

    /// Compares this machine's clock with that of whichever node answers.
    private func compareClocks() async {
        let answer = try? await access.cluster.run(.single(.readClock))
        guard let milliseconds = answer?.rows.first?[0].number else { return }
        let mine = access.surroundings.wallClock.now
        // A node may say anything; what no clock shows is as far off as can be told.
        let latest = Timestamp.latest.microseconds / 1_000
        let other = Timestamp(microseconds: min(max(0, milliseconds), latest) * 1_000)
        let apart = abs(other.microseconds - mine.microseconds)
        state.withLock { state in
            guard apart > Health.maximumDifference else {
                (state.difference, state.isDifferenceConfirmed) = (nil, false)
                return
            }
            // It may be one node's clock that is wrong, or that of nobody for long: another look tells.
            state.isDifferenceConfirmed = state.difference != nil
            if !state.isDifferenceConfirmed { state.isInDoubt = true }
            state.difference =
                "the clocks differ by \(apart / Microseconds.perSecond) s: this machine's shows \(mine), "
                + "a node's of the cluster \(other)"
        }
    }
}
