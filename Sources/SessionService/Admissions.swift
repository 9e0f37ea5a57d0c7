import Synchronization

/// Lets in up to a number at a time.
final class Admissions: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many are in.
    var count: Int { held.load(ordering: .relaxed) }

    /// Whether the caller was let in; then it calls `leave` when it is done.
    func enter() -> Bool {
        if held.add(1, ordering: .relaxed).newValue <= limit { return true }
        leave()
        return false
    }

    func leave() {
        held.subtract(1, ordering: .relaxed)
    }
}
