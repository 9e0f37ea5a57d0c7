import FairSharing
import Synchronization

/// The bytes that the connections of a server hold, over all loops, and their limits.
///
/// These are bodies being received, requests that wait after others, and responses that clients have not received yet.
/// Small amounts are not counted, see `ConnectionLimits.uncountedBytes`.
final class BufferBudget: Sendable {
    private let held: SharedLimit<PeerAddress>
    private let peak = Atomic<Int>(0)

    /// Makes a budget with limits in bytes, in total and for the connections of one address.
    init(limit: Int, limitOfAddress: Int) {
        held = SharedLimit(limit, ofClient: limitOfAddress)
    }

    var bytes: Int { held.total }

    /// Takes bytes; returns whether the limits allow it.
    func take(_ more: Int, for address: PeerAddress) -> Bool {
        guard let now = try? held.take(more, for: address) else { return false }
        if now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
        return true
    }

    func give(_ fewer: Int, of address: PeerAddress) {
        held.give(fewer, of: address)
    }

    /// Returns the most bytes that were held at once since the last call.
    func takePeak() -> Int {
        let now = bytes
        return max(peak.exchange(now, ordering: .relaxed), now)
    }
}

/// The budget as seen by the connections of one address.
struct BufferShare: Sendable {
    private let budget: BufferBudget
    private let address: PeerAddress

    init(_ budget: BufferBudget, of address: PeerAddress) {
        self.budget = budget
        self.address = address
    }

    /// Takes bytes; returns whether the limits allow it.
    func take(_ more: Int) -> Bool { budget.take(more, for: address) }

    func give(_ fewer: Int) { budget.give(fewer, of: address) }
}
