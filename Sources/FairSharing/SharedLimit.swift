import Synchronization

/// A bound on what all clients hold together, and one on what each of them holds.
///
/// Exact over all threads; each call takes a lock for a few comparisons and a look into a table.
public final class SharedLimit<Client: Hashable & Sendable>: Sendable {
    /// Which bound is reached.
    public enum Refusal: Error {
        /// That of all clients together.
        case total
        /// That of the client.
        case client
    }

    private struct State {
        var total = 0
        var ofClient: [Client: Int] = [:]
    }

    private let limit: Int
    private let limitOfClient: Int
    private let state = Mutex(State())

    /// Makes a limit of which nothing is held.
    public init(_ limit: Int, ofClient limitOfClient: Int) {
        self.limit = limit
        self.limitOfClient = limitOfClient
    }

    /// How much all clients hold.
    public var total: Int { state.withLock { $0.total } }

    /// Takes an amount for a client, all of it or, with the reason why, nothing; give it back with `give`.
    ///
    /// Returns how much all clients hold then.
    @discardableResult
    public func take(_ amount: Int = 1, for client: Client) throws(Refusal) -> Int {
        try state.withLock { state throws(Refusal) in
            guard state.total + amount <= limit else { throw .total }
            let held = state.ofClient[client, default: 0] + amount
            guard held <= limitOfClient else { throw .client }
            state.total += amount
            state.ofClient[client] = held
            return state.total
        }
    }

    /// Gives back what `take` took for a client, as a whole or in parts.
    public func give(_ amount: Int = 1, of client: Client) {
        state.withLock { state in
            state.total -= amount
            let left = state.ofClient[client, default: amount] - amount
            state.ofClient[client] = left == 0 ? nil : left
        }
    }
}
