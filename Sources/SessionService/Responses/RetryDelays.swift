import Synchronization

/// Chooses after how many seconds a refused client may retry.
///
/// The number is random within a range, since clients refused together would otherwise return together. It comes from
/// SplitMix64, whose state is a sum, so that threads share it without a lock.
final class RetryDelays: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64) {
        state = Atomic(seed)
    }

    func seconds(in range: ClosedRange<Int>) -> Int {
        var bits = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return range.lowerBound + Int(bits % UInt64(range.count))
    }
}
