import Glibc
import Synchronization

/// Writes at most one line of each kind per interval, with the number of lines left out since the last one.
///
/// For lines that clients cause: a fault that every request hits must neither fill the disk nor hide other lines. A
/// kind is a level, a message and a cause; all are the program's own words, so there are few.
public final class LogThrottle: Sendable {
    private struct Kind: Hashable {
        var level: Logger.Level
        var message: String
        var cause: String
    }

    private struct State {
        /// When the last line was written, in ns.
        var written: Int64
        var leftOut = 0
    }

    private let logger: Logger
    private let interval: Int64
    private let elapsed: @Sendable () -> Int64
    private let states = Mutex<[Kind: State]>([:])

    /// One second in ns, the default interval.
    public static let second: Int64 = 1_000_000_000

    /// Makes a throttle; `interval` is the least time between two lines of a kind, in the ns of `elapsed`.
    public init(
        _ logger: Logger,
        interval: Int64 = LogThrottle.second,
        elapsed: @escaping @Sendable () -> Int64 = LogThrottle.monotonicTime
    ) {
        self.logger = logger
        self.interval = interval
        self.elapsed = elapsed
    }

    /// Writes a line, or counts it if one of its kind was written within the interval.
    public func log(
        _ level: Logger.Level,
        _ message: String,
        _ values: KeyValuePairs<String, any LogValue> = [:],
        cause: String = ""
    ) {
        guard logger.isEnabled(level) else { return }
        let now = elapsed()
        let leftOut: Int? = states.withLock { states in
            let kind = Kind(level: level, message: message, cause: cause)
            // A clock that was set back must not silence the log.
            if let state = states[kind], (0..<interval).contains(now - state.written) {
                states[kind]?.leftOut += 1
                return nil
            }
            return states.updateValue(State(written: now), forKey: kind)?.leftOut ?? 0
        }
        guard let leftOut else { return }
        var all: [(String, any LogValue)] = values.map { ($0.key, $0.value) }
        if leftOut > 0 { all.append(("left_out", leftOut)) }
        logger.log(level, message, all)
    }

    /// Returns the time since the machine started, in ns.
    @Sendable public static func monotonicTime() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
