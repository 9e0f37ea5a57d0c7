import Glibc

/// An instant of the monotonic clock, for measuring durations.
struct MonotonicTime {
    private let nanoseconds: UInt64

    static var now: MonotonicTime {
        MonotonicTime(nanoseconds: clock_gettime_nsec())
    }

    /// Seconds since this instant.
    var elapsedSeconds: Double { Double(MonotonicTime.now.nanoseconds - nanoseconds) / 1e9 }

    /// Nanoseconds until this instant; zero or negative once it has come.
    var nanosecondsFromNow: Int { Int(nanoseconds) - Int(MonotonicTime.now.nanoseconds) }

    /// Returns the instant this many nanoseconds later.
    static func + (time: MonotonicTime, nanoseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds + UInt64(nanoseconds))
    }

    private static func clock_gettime_nsec() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
