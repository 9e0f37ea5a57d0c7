import Synchronization

/// Counts the open connections over all loops, exactly, in all and by address.
final class ConnectionLimiter: Sendable {
    private struct Counts {
        var total = 0
        var ofAddress: [PeerAddress: Int] = [:]
    }

    private let counts = Mutex(Counts())
    private let maximum: Int
    private let maximumOfAddress: Int

    init(maximum: Int, maximumOfAddress: Int) {
        self.maximum = maximum
        self.maximumOfAddress = maximumOfAddress
    }

    var total: Int { counts.withLock { $0.total } }

    /// Counts a connection, or answers why it is one too many.
    func open(_ address: PeerAddress) -> HTTPFault? {
        counts.withLock { counts in
            guard counts.total < maximum else { return .tooManyConnections }
            guard counts.ofAddress[address, default: 0] < maximumOfAddress else {
                return .tooManyConnectionsOfAddress
            }
            counts.total += 1
            counts.ofAddress[address, default: 0] += 1
            return nil
        }
    }

    /// Counts a connection out that `open` counted in.
    func close(_ address: PeerAddress) {
        counts.withLock { counts in
            counts.total -= 1
            let left = counts.ofAddress[address, default: 1] - 1
            counts.ofAddress[address] = left == 0 ? nil : left
        }
    }
}
