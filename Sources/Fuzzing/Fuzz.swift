import Glibc

/// Calls `body` with one seed after another.
///
/// By default these are the same `rounds` seeds every time, so that a test judges the change and not luck; if
/// FUZZ_SECONDS is in the environment, they are fresh ones for that many seconds. A body that finds a fault reports its
/// seed, which alone must reproduce the fault.
public func fuzz(rounds: UInt64, _ body: (_ seed: UInt64) throws -> Void) rethrows {
    var seeds = FuzzSeeds(rounds: rounds)
    while let seed = seeds.next() { try body(seed) }
}

/// As `fuzz(rounds:_:)`, for an asynchronous body.
public func fuzz(rounds: UInt64, _ body: (_ seed: UInt64) async throws -> Void) async rethrows {
    var seeds = FuzzSeeds(rounds: rounds)
    while let seed = seeds.next() { try await body(seed) }
}

private struct FuzzSeeds {
    private var seed: UInt64
    private let last: UInt64
    private let deadline: ContinuousClock.Instant?

    init(rounds: UInt64) {
        let seconds = unsafe getenv("FUZZ_SECONDS").flatMap { Double(unsafe String(cString: $0)) }
        deadline = seconds.map { ContinuousClock.now + .seconds($0) }
        seed = deadline == nil ? 0 : UInt64.random(in: 0...UInt64.max / 2)
        last = deadline == nil ? rounds : .max
    }

    mutating func next() -> UInt64? {
        guard seed < last, deadline.map({ ContinuousClock.now < $0 }) ?? true else { return nil }
        seed += 1
        return seed
    }
}
