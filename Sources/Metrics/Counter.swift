import Synchronization

/// A number that only grows, safe to add to from any thread.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Makes a counter that stands at 0 and belongs to no registry.
    public init() {}

    /// Adds to the count.
    public func increment(by amount: UInt64 = 1) {
        count.add(amount, ordering: .relaxed)
    }

    /// The count so far.
    public var value: UInt64 { count.load(ordering: .relaxed) }
}
