import PlayerSessions

/// Tasks that wait, taken in turns of their clients; each client's own in the order in which they came.
///
/// Taking passes over the clients that have as much running as they may, of whom there are fewer than threads.
struct FairTasks {
    private struct Waiting {
        var tasks: [ReaderPool.Task] = []
        var next = 0
        var running = 0

        var isEmpty: Bool { next == tasks.count }

        mutating func removeFirst() -> ReaderPool.Task {
            defer {
                next += 1
                // Each task is moved once at most for every one that is taken.
                if next * 2 >= tasks.count {
                    tasks.removeFirst(next)
                    next = 0
                }
            }
            return tasks[next]
        }
    }

    /// So many tasks of a client may run at a time.
    private let runningOfClient: Int
    private var clients: [QueryClient: Waiting] = [:]
    /// The clients of whom a task waits, the one whose turn is next first.
    private var turns: [QueryClient] = []

    /// How many tasks wait.
    private(set) var count = 0
    /// Whether no more come.
    var isClosed = false

    /// Makes an empty line of tasks.
    init(runningOfClient: Int) {
        self.runningOfClient = runningOfClient
    }

    /// Whether nothing waits and nothing will.
    var isOver: Bool { isClosed && count == 0 }

    /// Adds a task behind those of its client.
    mutating func add(_ task: @escaping ReaderPool.Task, of client: QueryClient) {
        let isFirst = clients[client]?.isEmpty ?? true
        clients[client, default: Waiting()].tasks.append(task)
        if isFirst { turns.append(client) }
        count += 1
    }

    /// Removes and returns the next task that may run; call `ended` when it has run.
    mutating func take() -> (QueryClient, ReaderPool.Task)? {
        let next = turns.firstIndex { clients[$0].map { $0.running < runningOfClient } ?? false }
        guard let turn = next else { return nil }
        let client = turns.remove(at: turn)
        guard var waiting = clients[client] else { return nil }
        clients[client] = nil
        let task = waiting.removeFirst()
        waiting.running += 1
        if !waiting.isEmpty { turns.append(client) }
        clients[client] = waiting
        count -= 1
        return (client, task)
    }

    /// Notes that a task of this client has run.
    mutating func ended(_ client: QueryClient) {
        guard var waiting = clients[client] else { return }
        waiting.running -= 1
        clients[client] = waiting.running == 0 && waiting.isEmpty ? nil : waiting
    }
}
