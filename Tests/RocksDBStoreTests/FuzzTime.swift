import Foundation

/// Runs a fuzzer's rounds: so many, or for as long as FUZZ_SECONDS says; each gets its number as a seed.
func fuzz(rounds: UInt64, _ body: (UInt64) throws -> Void) rethrows {
    if let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init) {
        let deadline = Date().addingTimeInterval(seconds)
        var seed = UInt64.random(in: 1...1_000_000_000)
        while Date() < deadline {
            try body(seed)
            seed += 1
        }
    } else {
        for seed in 1...rounds { try body(seed) }
    }
}
