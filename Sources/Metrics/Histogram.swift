import Synchronization

/// The distribution of values over buckets, with their sum; any thread may observe values.
///
/// It is on the path of every request, so observing takes no lock: one relaxed addition to the bucket and one
/// compare-exchange of the sum.
public final class Histogram: Sendable {
    /// The upper bounds of the buckets, ascending; one more bucket takes everything above.
    public let bounds: [Double]
    private let buckets: [Counter]
    private let sum = Atomic<Double>(0)

    /// What a histogram has observed.
    public struct State: Sendable {
        /// The number of values per bucket, not cumulative; the last bucket is above all bounds.
        public var buckets: [UInt64]
        /// The sum of all values.
        public var sum: Double
        /// The number of values.
        public var count: UInt64 { buckets.reduce(0, +) }
    }

    /// Makes an empty histogram with these bounds, which must ascend.
    public init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<))
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// Counts a value.
    ///
    /// The bounds are searched linearly from the lowest: there are few, and most values are small.
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

    /// What was observed so far; values observed meanwhile may be in the buckets or in the sum only.
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
