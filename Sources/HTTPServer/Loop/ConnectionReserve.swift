/// The connections beyond the limits that a loop listens to at present, oldest first.
///
/// A newcomer always gets a place, so that nobody can keep the others out by holding all of them: the oldest of its own
/// address goes if that has its share, else the oldest of all if the reserve is full.
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

    /// Returns the slot of the connection that has to go before one of this address can enter, or `nil`.
    func leaving(for address: PeerAddress) -> Int? {
        let own = places.filter { $0.address == address }
        if own.count >= maximumOfAddress { return own.first?.slot }
        return places.count >= maximum ? places.first?.slot : nil
    }

    /// Takes a connection in.
    mutating func enter(_ slot: Int, _ address: PeerAddress) {
        places.append(Place(slot: slot, address: address))
    }

    /// Lets a connection go.
    mutating func leave(_ slot: Int) {
        places.removeAll { $0.slot == slot }
    }
}
