import Synchronization

/// A number that only grows; any thread may increment it.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Makes a counter at 0 that belongs to no registry.
    public init() {}

    /// Adds to the count.
    public func increment(by amount: UInt64 = 1) {
        count.add(amount, ordering: .relaxed)
    }

    /// The current count.
    public var value: UInt64 { count.load(ordering: .relaxed) }
}
