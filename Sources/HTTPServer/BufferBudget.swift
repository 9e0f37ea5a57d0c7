import Synchronization

/// Counts the bytes that the connections of a server hold, over all loops, and says when there is no room for more.
///
/// Those are bodies that are being received, requests that wait behind others, and answers that clients have not taken
/// yet. What a connection holds for an ordinary request is not counted, see `ConnectionLimits.uncountedBytes`.
final class BufferBudget: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)
    private let peak = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many bytes are held.
    var bytes: Int { held.load(ordering: .relaxed) }

    /// Takes more bytes; answers whether there was room for them.
    func take(_ more: Int) -> Bool {
        let now = held.wrappingAdd(more, ordering: .relaxed).newValue
        guard now <= limit else {
            give(more)
            return false
        }
        if now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
        return true
    }

    /// Gives bytes back.
    func give(_ fewer: Int) {
        held.wrappingSubtract(fewer, ordering: .relaxed)
    }

    /// The most bytes that were held at a time since the last call.
    func takePeak() -> Int {
        max(peak.exchange(bytes, ordering: .relaxed), bytes)
    }
}
