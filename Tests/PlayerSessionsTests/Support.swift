import Foundation

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// How long a fuzzer runs: a number of seeds, or FUZZ_SECONDS where that is set.
///
/// With FUZZ_SECONDS the seeds begin at the clock's, so that no run repeats another.
func fuzz(iterations: UInt64, _ body: (_ seed: UInt64) throws -> Void) rethrows {
    guard let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init) else {
        for seed in 0..<iterations { try body(seed) }
        return
    }
    let end = Date.now.addingTimeInterval(seconds)
    var seed = UInt64(Date.now.timeIntervalSince1970 * 1_000_000)
    while Date.now < end {
        try body(seed)
        seed += 1
    }
}
