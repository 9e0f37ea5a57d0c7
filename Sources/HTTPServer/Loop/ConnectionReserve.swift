/// The connections beyond the limits that a loop holds open, oldest first.
///
/// A new connection always gets a place, so that nobody can lock others out by holding all places: it replaces the
/// oldest of its address if that has its share, else the oldest of all if the reserve is full.
struct ConnectionReserve {
    private struct Place {
        var slot: Int
        var address: PeerAddress
    }

    private var places: [Place] = []
    private let maximum: Int
    private let maximumOfAddress: Int

    /// Makes a reserve of at least one place.
    init(maximum: Int, maximumOfAddress: Int) {
        self.maximum = max(1, maximum)
        self.maximumOfAddress = max(1, maximumOfAddress)
    }

    /// Returns the slot of the connection to evict before one of this address enters, or `nil`.
    func leaving(for address: PeerAddress) -> Int? {
        let own = places.filter { $0.address == address }
        if own.count >= maximumOfAddress { return own.first?.slot }
        return places.count >= maximum ? places.first?.slot : nil
    }

    mutating func enter(_ slot: Int, _ address: PeerAddress) {
        places.append(Place(slot: slot, address: address))
    }

    mutating func leave(_ slot: Int) {
        places.removeAll { $0.slot == slot }
    }
}
