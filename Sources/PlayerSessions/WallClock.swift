import Glibc

/// The source of the present time: the system's clock, or one that a test sets.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// Creates a clock that takes the present from `read`.
    public init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    /// The present instant.
    public var now: Timestamp { read() }

    /// The system's `CLOCK_REALTIME`.
    public static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Int64(time.tv_sec) * Microseconds.perSecond + Int64(time.tv_nsec) / 1_000
        )
    }
}
