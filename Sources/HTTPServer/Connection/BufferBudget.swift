import FairSharing
import Synchronization

/// Counts the bytes that the connections of a server hold, over all loops, and says when there is no room for more.
///
/// Those are bodies that are being received, requests that wait behind others, and answers that clients have not taken
/// yet. What a connection holds for an ordinary request is not counted, see `ConnectionLimits.uncountedBytes`.
final class BufferBudget: Sendable {
    private let held: SharedLimit<PeerAddress>
    private let peak = Atomic<Int>(0)

    /// Makes a budget of so many bytes in all, and for the connections of one address.
    init(limit: Int, limitOfAddress: Int) {
        held = SharedLimit(limit, ofClient: limitOfAddress)
    }

    /// How many bytes are held.
    var bytes: Int { held.total }

    /// Takes more bytes; answers whether there was room for them.
    func take(_ more: Int, for address: PeerAddress) -> Bool {
        guard let now = try? held.take(more, for: address) else { return false }
        if now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
        return true
    }

    /// Gives bytes back.
    func give(_ fewer: Int, of address: PeerAddress) {
        held.give(fewer, of: address)
    }

    /// The most bytes that were held at a time since the last call.
    func takePeak() -> Int {
        let now = bytes
        return max(peak.exchange(now, ordering: .relaxed), now)
    }
}

/// The budget as the connections of one address see it.
struct BufferShare: Sendable {
    private let budget: BufferBudget
    private let address: PeerAddress

    init(_ budget: BufferBudget, of address: PeerAddress) {
        self.budget = budget
        self.address = address
    }

    /// Takes more bytes; answers whether there was room for them.
    func take(_ more: Int) -> Bool { budget.take(more, for: address) }

    /// Gives bytes back.
    func give(_ fewer: Int) { budget.give(fewer, of: address) }
}
