import Glibc
import PlayerSessions

/// What the store takes from the machine: time and randomness, passed in so that a simulation can replace the machine.
struct Surroundings: Sendable {
    /// The wall clock, by which events expire.
    var wallClock: WallClock
    /// The elapsed time in ns, including time in which the machine slept; leases run out by it.
    var elapsed: @Sendable () -> Int64
    /// Returns after the given number of nanoseconds.
    var sleep: @Sendable (Int64) async -> Void
    /// 64 random bits.
    var random: @Sendable () -> UInt64

    /// Returns a random number below `bound`, which must be above 0.
    func random(below bound: Int64) -> Int64 { Int64(random() % UInt64(bound)) }

    /// Returns after half to one and a half times `nanoseconds`, so that waiters for the same do not return together.
    func pause(about nanoseconds: Int64) async {
        await sleep(nanoseconds / 2 + random(below: nanoseconds))
    }

    /// Returns the machine's own: `CLOCK_BOOTTIME`, tasks that sleep, and the system's randomness.
    static func system(wallClock: WallClock) -> Surroundings {
        Surroundings(
            wallClock: wallClock,
            elapsed: {
                var time = timespec()
                unsafe clock_gettime(CLOCK_BOOTTIME, &time)
                return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            },
            sleep: { try? await Task.sleep(nanoseconds: UInt64(max(0, $0))) },
            random: {
                var generator = SystemRandomNumberGenerator()
                return generator.next()
            }
        )
    }
}
