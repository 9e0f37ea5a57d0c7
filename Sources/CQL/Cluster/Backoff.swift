/// The pauses between attempts to connect: doubled after each failure up to a limit, and random between half and the
/// whole, so that many clients do not return at once.
struct Backoff {
    private let shortest: UInt64
    private let longest: UInt64
    private var failures: UInt64 = 0

    init(shortest: UInt64, longest: UInt64) {
        self.shortest = max(1, shortest)
        self.longest = max(1, longest)
    }

    /// Returns the pause after one more failure, in milliseconds.
    mutating func next(using random: inout some RandomNumberGenerator) -> UInt64 {
        // 2^32 times the shortest pause exceeds any sensible limit.
        let factor = UInt64(1) << min(failures, 32)
        failures += 1
        let (product, overflow) = shortest.multipliedReportingOverflow(by: factor)
        let whole = overflow ? longest : min(product, longest)
        return UInt64.random(in: (whole + 1) / 2...whole, using: &random)
    }

    mutating func reset() {
        failures = 0
    }
}
