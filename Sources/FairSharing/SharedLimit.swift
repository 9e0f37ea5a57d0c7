import Synchronization

/// A limit of the amount that all clients hold together, and of the amount that each client holds.
///
/// Exact across threads; each call takes a lock for a few comparisons and a table lookup.
public final class SharedLimit<Client: Hashable & Sendable>: Sendable {
    /// The limit that is reached.
    public enum Refusal: Error {
        /// The limit of all clients together.
        case total
        /// The limit of the client.
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

    /// The amount that all clients hold.
    public var total: Int { state.withLock { $0.total } }

    /// Takes the whole amount for a client, or throws which limit prevents it; return it with `give`.
    ///
    /// Returns the amount that all clients then hold.
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

    /// Returns an amount taken by `take` for a client, as a whole or in parts.
    public func give(_ amount: Int = 1, of client: Client) {
        state.withLock { state in
            state.total -= amount
            let left = state.ofClient[client, default: amount] - amount
            state.ofClient[client] = left == 0 ? nil : left
        }
    }
}
