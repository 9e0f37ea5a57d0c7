import Synchronization

/// How often values fell below each of some bounds, with their sum; safe to observe from any thread.
public final class Histogram: Sendable {
    /// The upper bounds of the buckets, rising; one more bucket takes everything above.
    public let bounds: [Double]
    private let state: Mutex<State>

    /// What a histogram has seen.
    public struct State: Sendable {
        /// How many values each bucket holds, the last being above all bounds; not cumulative.
        public var buckets: [UInt64]
        /// The sum of all values.
        public var sum: Double
        /// How many values there were.
        public var count: UInt64 { buckets.reduce(0, +) }
    }

    /// Makes an empty histogram with these bounds, which must rise.
    public init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<))
        self.bounds = bounds
        state = Mutex(State(buckets: [UInt64](repeating: 0, count: bounds.count + 1), sum: 0))
    }

    /// Counts a value.
    public func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.buckets[bucket] += 1
            $0.sum += value
        }
    }

    /// What was seen so far.
    public var snapshot: State { state.withLock { $0 } }

    /// Bounds for durations in seconds, 100 µs to 10 s.
    public static let durationBounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Bounds for sizes, 1 to 65,536 by powers of two.
    public static let sizeBounds: [Double] = (0...16).map { Double(1 << $0) }
}
