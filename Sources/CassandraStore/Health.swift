import Logging
import PlayerSessions
import Synchronization

/// Checks whether the cluster takes writes, and whether its clocks agree with this machine's.
///
/// A write of the store's own decides, not the batches: a failed batch may be one session's trouble, and would take
/// every process that receives that session from its load balancer. But a batch whose outcome contradicts the last such
/// write brings the next one forward.
final class Health: Sendable {
    /// How often it checks.
    struct Pace: Sendable {
        /// The pause between two checks, in ns: 5 seconds.
        var pause: Int64 = 5_000_000_000
        /// The pause if there is doubt, in ns: a second.
        var shortPause: Int64 = 1_000_000_000
    }

    private struct State {
        /// Why the last attempt failed.
        var failure: String?
        /// What the clocks show, if they differed too much in the last check.
        var difference: String?
        /// Whether they also did in the check before it.
        var isDifferenceConfirmed = false
        /// Whether something contradicts the last check.
        var isInDoubt = false
        /// The unreadiness that was last logged.
        var logged: String?

        var unreadiness: String? { failure ?? (isDifferenceConfirmed ? difference : nil) }
    }

    /// A trial use of the cluster; its error says why the store is not ready.
    typealias Attempt = @Sendable () async throws(ClusterError) -> Void

    private let access: ClusterAccess
    private let attempt: Attempt
    private let logger: Logger
    private let state = Mutex(State())

    /// The largest accepted difference between clocks, in µs: a minute.
    ///
    /// Expiry is judged by clocks; leases are not.
    static let maximumDifference = Microseconds.perMinute

    /// Creates a check; `attempt` is the store's own write and reads.
    init(_ access: ClusterAccess, logger: Logger, attempt: @escaping Attempt) {
        self.access = access
        self.attempt = attempt
        self.logger = logger
    }

    /// Why the store is not ready; `nil` if it is.
    var unreadiness: String? { state.withLock(\.unreadiness) }

    /// Whether the next check should come soon.
    var isInDoubt: Bool { state.withLock(\.isInDoubt) }

    /// Notes the result of a batch.
    func observe(_ result: Result<Void, ClusterError>) {
        let isStored = (try? result.get()) != nil
        state.withLock { state in
            if isStored != (state.failure == nil) { state.isInDoubt = true }
        }
    }

    /// Checks repeatedly until the task is cancelled.
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

    /// Makes the attempt and compares clocks; logs when the store stops or resumes taking writes.
    func look() async {
        // What is observed from here on may contradict the result of this check.
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

    /// Compares this machine's clock with that of the node that responds.
    private func compareClocks() async {
        let answer = try? await access.cluster.run(.single(.readClock))
        guard let milliseconds = answer?.rows.first?[0].number else { return }
        let mine = access.surroundings.wallClock.now
        // A node may return anything; clamp it to what a `Timestamp` can hold.
        let latest = Timestamp.latest.microseconds / 1_000
        let other = Timestamp(microseconds: min(max(0, milliseconds), latest) * 1_000)
        let apart = abs(other.microseconds - mine.microseconds)
        state.withLock { state in
            guard apart > Health.maximumDifference else {
                (state.difference, state.isDifferenceConfirmed) = (nil, false)
                return
            }
            // One node's clock may be wrong, or the difference may pass: another check decides.
            state.isDifferenceConfirmed = state.difference != nil
            if !state.isDifferenceConfirmed { state.isInDoubt = true }
            state.difference =
                "the clocks differ by \(apart / Microseconds.perSecond) s: this machine's shows \(mine), "
                + "a node's of the cluster \(other)"
        }
    }
}
