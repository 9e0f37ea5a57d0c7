import Synchronization

/// How often values fell below each of some bounds, with their sum; safe to observe from any thread.
///
/// It stands on the way of every request, so observing takes no lock: one relaxed addition to the bucket and one
/// exchange of the sum.
public final class Histogram: Sendable {
    /// The upper bounds of the buckets, rising; one more bucket takes everything above.
    public let bounds: [Double]
    private let buckets: [Counter]
    private let sum = Atomic<Double>(0)

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
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// Counts a value.
    ///
    /// The bounds are searched from the lowest: there are few, and most values are small.
    public func observe(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        buckets[bucket].increment()
        var known = sum.load(ordering: .relaxed)
        while true {
            let (exchanged, original) = sum.weakCompareExchange(
                expected: known,
                desired: known + value,
                ordering: .relaxed
            )
            if exchanged { return }
            known = original
        }
    }

    /// What was seen so far; beside values that arrive meanwhile, the sum may be a few ahead of the buckets.
    public var snapshot: State {
        State(buckets: buckets.map(\.value), sum: sum.load(ordering: .relaxed))
    }

    /// Bounds for durations in seconds, 100 µs to 10 s.
    public static let durationBounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Bounds for sizes, 1 to 65,536 by powers of two.
    public static let sizeBounds: [Double] = (0...16).map { Double(1 << $0) }
}
