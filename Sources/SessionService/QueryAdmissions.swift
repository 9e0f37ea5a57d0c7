import PlayerSessions
import Synchronization

/// Lets in up to a number of queries at a time, of all clients and of each.
final class QueryAdmissions: Sendable {
    /// Why a query has to wait outside.
    enum Refusal: Error {
        case total
        case client

        var problem: Problem {
            switch self {
            case .total: Problem(.overloaded, "Too many queries are running; try again later.")
            case .client:
                Problem(
                    .overloaded,
                    "Too many queries of this address are running; wait for their answers, then try again."
                )
            }
        }
    }

    private struct State {
        var total = 0
        var clients: [QueryClient: Int] = [:]
    }

    private let limit: Int
    private let limitOfClient: Int
    private let state = Mutex(State())

    init(limit: Int, limitOfClient: Int) {
        self.limit = limit
        self.limitOfClient = limitOfClient
    }

    /// How many are in.
    var count: Int { state.withLock { $0.total } }

    /// Lets a query in and returns `nil`, or returns why not; who was let in calls `leave` when it is done.
    func enter(_ client: QueryClient) -> Refusal? {
        state.withLock { state in
            guard state.total < limit else { return .total }
            let held = state.clients[client] ?? 0
            guard held < limitOfClient else { return .client }
            state.total += 1
            state.clients[client] = held + 1
            return nil
        }
    }

    func leave(_ client: QueryClient) {
        state.withLock { state in
            state.total -= 1
            let held = (state.clients[client] ?? 0) - 1
            state.clients[client] = held > 0 ? held : nil
        }
    }
}
