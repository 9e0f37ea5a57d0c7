import Logging
import PlayerSessions

/// The thread that purges, every so often, what the retention has forgotten.
final class Sweeper: @unchecked Sendable {  // What changes lies behind `turn`.
    /// When the thread looks at the clock, in seconds.
    struct Schedule {
        /// From the opening of the store to the first look.
        var firstDelay = 30
        /// Between looks, which cost nothing.
        var delay = 600

        /// The thread never purges by itself: for tests that call `sweep`.
        static let never = Schedule(firstDelay: 1 << 30, delay: 1 << 30)
    }

    private let purge: Purge
    private let schedule: Schedule
    private let retention: Retention
    private let clock: PurgeClock
    private let hasRoom: () -> Bool
    private let logger: Logger
    private let fail: (SessionStoreError) -> Void
    private let isStopped = Monitor(false)
    /// One purge at a time.
    private let turn: Monitor<State>

    private struct State {
        /// The horizon of the last purge, `.min` before the first.
        var lastHorizon: Int64
        /// Whether the log has a warning of the present lead of the system's clock.
        var hasWarned = false
    }

    init(
        purge: Purge,
        schedule: Schedule,
        lastHorizon: Int64?,
        retention: Retention,
        clock: PurgeClock,
        hasRoom: @escaping () -> Bool,
        logger: Logger,
        fail: @escaping (SessionStoreError) -> Void
    ) {
        self.purge = purge
        self.schedule = schedule
        turn = Monitor(State(lastHorizon: lastHorizon ?? .min))
        self.retention = retention
        self.clock = clock
        self.hasRoom = hasRoom
        self.logger = logger
        self.fail = fail
    }

    /// By how much the horizon must have moved for another purge, in µs.
    ///
    /// A purge rewrites all records, so that each is rewritten sixteen times at most while it is remembered.
    static func minimumAdvance(of retention: Retention) -> Int64 {
        max(Microseconds.perDay, (retention.microseconds ?? 0) / 8)
    }

    /// Works until it is stopped or a purge fails.
    func run() {
        var delay = schedule.firstDelay
        while isStopped.wait(seconds: delay, for: { $0 ? true : nil }) == nil {
            delay = schedule.delay
            do throws(SessionStoreError) {
                _ = try sweep(minimumAdvance: Sweeper.minimumAdvance(of: retention))
            } catch {
                return fail(error)
            }
        }
        // So that the time until here counts at the next start.
        _ = try? clock.look()
    }

    /// Purges what is due: whatever a crash or a full disk left undone, else if the horizon has moved enough.
    ///
    /// Returns whether a purge was done. None is begun unless the disk can hold what a compaction reads and what it
    /// writes: it would fail, after it had filled the disk.
    func sweep(
        minimumAdvance: Int64,
        hasRoom: (() -> Bool)? = nil,
        onStep: @escaping (Purge.Step) -> Void = { _ in }
    ) throws(SessionStoreError) -> Bool {
        let result = turn.withLock { state -> Result<Bool, SessionStoreError> in
            Result { () throws(SessionStoreError) in
                guard let horizon = try dueHorizon(&state, minimumAdvance) else { return false }
                guard (hasRoom ?? self.hasRoom)() else {
                    logger.log(.warning, "a purge is due and waits for room on the disk")
                    return false
                }
                let begin = MonotonicTime.now
                var purge = purge
                purge.onStep = onStep
                guard try purge.run(through: horizon) else {
                    if isStopped.withLock({ !$0 }) {
                        logger.log(.warning, "a purge did not come to its end and will be run again")
                    }
                    return false
                }
                state.lastHorizon = horizon
                logger.log(
                    .info,
                    "purged",
                    [
                        "through": "\(Timestamp(microseconds: horizon))",
                        "seconds": begin.elapsedSeconds,
                    ]
                )
                return true
            }
        }
        return try result.get()
    }

    private func dueHorizon(
        _ state: inout State,
        _ minimumAdvance: Int64
    ) throws(SessionStoreError) -> Int64? {
        let pending = try PurgeRecord.pending(purge.store)
        guard let now = present(&state), let horizon = Purge.horizon(of: retention, at: now) else {
            return pending
        }
        // What is begun must come to its end; a later horizon includes it.
        if let pending { return max(pending, horizon) }
        let (advance, isBeyond) = horizon.subtractingReportingOverflow(state.lastHorizon)
        return isBeyond || advance >= minimumAdvance ? horizon : nil
    }

    /// The instant that a purge may go by, `nil` where that cannot be noted, as on a full disk.
    private func present(_ state: inout State) -> Timestamp? {
        do throws(SessionStoreError) {
            let reading = try clock.look()
            let isNew = reading.ahead != nil && !state.hasWarned
            state.hasWarned = reading.ahead != nil
            if isNew, let ahead = reading.ahead, retention != .forever {
                logger.log(
                    .warning,
                    "the clock is ahead of the time that the store knows; nothing is purged by it for now",
                    [
                        "clock": "\(ahead)", "known": "\(reading.now)",
                        "hint":
                            "set the clock if it is wrong; it is believed when the store has been open for "
                            + "\(KnownTime.patience / Microseconds.perDay) days with it",
                    ]
                )
            }
            return reading.now
        } catch {
            logger.log(.warning, "the time cannot be noted; nothing new is purged", ["error": "\(error)"])
            return nil
        }
    }

    /// Ends the thread soon; a purge on its way goes on at the next start.
    func stop() {
        isStopped.withLock(notify: true) { $0 = true }
        purge.store.database.stopCompactions()
    }
}
