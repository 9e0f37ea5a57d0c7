import Glibc
import PlayerSessions

/// What the store takes from the machine: time and randomness, handed in so that a simulation can be the machine.
struct Surroundings: Sendable {
    /// The wall clock, by which events expire.
    var wallClock: WallClock
    /// Nanoseconds that have passed, time in which the machine slept included: by these leases run out.
    var elapsed: @Sendable () -> Int64
    /// Returns so many nanoseconds later.
    var sleep: @Sendable (Int64) async -> Void
    /// 64 random bits.
    var random: @Sendable () -> UInt64

    /// A random number below `bound`, which must be above 0.
    func random(below bound: Int64) -> Int64 { Int64(random() % UInt64(bound)) }

    /// Returns half to one and a half times as many nanoseconds later: those that wait for the same do not come back
    /// together.
    func pause(about nanoseconds: Int64) async {
        await sleep(nanoseconds / 2 + random(below: nanoseconds))
    }

    /// The machine's own: `CLOCK_BOOTTIME`, tasks that sleep, the system's randomness.
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
