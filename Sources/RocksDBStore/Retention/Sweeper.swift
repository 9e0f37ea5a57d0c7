import Logging
import PlayerSessions

/// The thread that regularly purges what the retention has forgotten.
final class Sweeper: @unchecked Sendable {  // `turn` guards what changes.
    /// When the thread checks whether a purge is due, in seconds.
    struct Schedule {
        /// From the opening of the store to the first check.
        var firstDelay = 30
        /// Between checks, which cost next to nothing.
        var delay = 600

        /// Never purges by itself; for tests that call `sweep`.
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
    /// Held for a whole purge, so that only one runs at a time.
    private let turn: Monitor<State>

    private struct State {
        /// The horizon of the last purge, `.min` before the first.
        var lastHorizon: Int64
        /// Whether the present lead of the system clock was logged.
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

    /// Returns how far the horizon must advance before another purge, in µs.
    ///
    /// A purge rewrites all records; this way each is rewritten sixteen times at most while it is remembered.
    static func minimumAdvance(of retention: Retention) -> Int64 {
        max(Microseconds.perDay, (retention.microseconds ?? 0) / 8)
    }

    /// Runs until it is stopped or a purge fails.
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
        // Record the time up to now for the next start.
        _ = try? clock.look()
    }

    /// Runs the purge that is due: one that a crash or a full disk interrupted, or a new one if the horizon advanced
    /// enough.
    ///
    /// Returns whether a purge was done. Starts none unless the disk can hold both what a compaction reads and what it
    /// writes: otherwise it would fill the disk and fail.
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
        // A purge that began must be finished; a later horizon includes it.
        if let pending { return max(pending, horizon) }
        let (advance, isBeyond) = horizon.subtractingReportingOverflow(state.lastHorizon)
        return isBeyond || advance >= minimumAdvance ? horizon : nil
    }

    /// Returns the instant that a purge may go by, `nil` if it cannot be recorded, as on a full disk.
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

    /// Ends the thread soon; a purge in progress is resumed at the next start.
    func stop() {
        isStopped.withLock(notify: true) { $0 = true }
        purge.store.database.stopCompactions()
    }
}
