import Glibc
import PlayerSessions
import Synchronization

/// The clock that purges go by: the earlier of the system clock and the known time, which is kept in a file.
final class PurgeClock: Sendable {
    private struct State {
        var known: KnownTime
        /// The steady clock at the last look, in µs.
        var lastLook: Int64
    }

    /// How far the system clock may be ahead without a warning; restarts alone take some time.
    private static let quietMicroseconds = Microseconds.perDay

    private let files: StoreFiles
    private let clock: WallClock
    private let steadyClock: SteadyClock
    private let state: Mutex<State>

    private var path: String { PurgeClock.path(in: files) }

    private static func path(in files: StoreFiles) -> String { files.path + "/KNOWN_TIME" }

    /// Reads the file and records the present; a new store believes the system clock.
    init(
        files: StoreFiles,
        isNewStore: Bool,
        clock: WallClock,
        steadyClock: SteadyClock
    ) throws(SessionStoreError) {
        self.files = files
        self.clock = clock
        self.steadyClock = steadyClock
        let known = try files.readLine(PurgeClock.path(in: files)).flatMap(KnownTime.init(text:))
        state = Mutex(
            State(
                known: known ?? KnownTime(isNewStore ? clock.now : nil),
                lastLook: steadyClock.microseconds()
            )
        )
        _ = try look()
    }

    /// A reading of both clocks.
    struct Reading {
        /// The instant that purges go by.
        let now: Timestamp
        /// The system clock, if it is so far ahead of `now` that a warning is due.
        let ahead: Timestamp?
    }

    /// Reads both clocks and writes the known time to its file, synced.
    func look() throws(SessionStoreError) -> Reading {
        let now = clock.now
        let known = state.withLock { state in
            let steady = steadyClock.microseconds()
            state.known.observe(now, elapsedMicroseconds: steady - state.lastLook)
            state.lastLook = steady
            return state.known
        }
        try files.replace(path, by: known.text + "\n")
        let lead = now.microseconds - known.now.microseconds
        return Reading(now: known.now, ahead: lead > PurgeClock.quietMicroseconds ? now : nil)
    }
}

/// `CLOCK_BOOTTIME` of <time.h>, in µs.
func bootTimeMicroseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * Microseconds.perSecond + Int64(time.tv_nsec) / 1_000
}
