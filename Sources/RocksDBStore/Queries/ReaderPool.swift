import FairSharing
import PlayerSessions

/// A few threads for queries, which may block on the disk.
///
/// Clients are served round robin, and none may occupy all threads, so that no query waits for the backlog of another
/// client.
final class ReaderPool: Sendable {
    typealias Task = @Sendable () -> Void

    /// The most queries that may wait.
    private static let maximumWaiting = 4_096

    private struct Line {
        var tasks: FairQueue<QueryClient, Task>
        /// Whether new queries are refused.
        var isClosed = false
    }

    private let monitor: Monitor<Line>
    private let threads: [WorkerThread]

    /// Starts `count` threads, at least two, of which a single client may use all but one.
    ///
    /// Throws if the system refuses a thread.
    init(threads count: Int) throws(SessionStoreError) {
        precondition(count >= 2, "one client would have the only thread")
        let monitor = Monitor(Line(tasks: FairQueue(runningOfClient: count - 1)))
        self.monitor = monitor
        var started: [WorkerThread] = []
        do throws(SessionStoreError) {
            for number in 0..<count {
                started.append(
                    try WorkerThread("reader-\(number)") {
                        var former: QueryClient?
                        while let (client, task) = ReaderPool.next(monitor, after: former) {
                            task()
                            former = client
                        }
                    }
                )
            }
        } catch {
            monitor.withLock(notify: true) { $0.isClosed = true }
            for thread in started { thread.join() }
            throw error
        }
        threads = started
    }

    private static func next(
        _ monitor: Monitor<Line>,
        after former: QueryClient?
    ) -> (QueryClient, Task)? {
        // Another thread may be waiting for this client to fall below its limit.
        if let former { monitor.withLock(notify: true) { $0.tasks.ended(former) } }
        return monitor.wait { line -> (QueryClient, Task)?? in
            if let next = line.tasks.take() { return .some(next) }
            return line.isClosed && line.tasks.count == 0 ? .some(nil) : nil
        }
    }

    /// Runs a client's query on one of the threads.
    func run<Answer: Sendable>(
        for client: QueryClient,
        _ query: @escaping @Sendable () -> Result<Answer, SessionStoreError>
    ) async throws(SessionStoreError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            let refusal: SessionStoreError? = monitor.withLock(notify: true) { line in
                if line.isClosed {
                    return SessionStoreError(.closing, operation: "query", reason: "the store is closing")
                }
                guard line.tasks.count < ReaderPool.maximumWaiting else {
                    return SessionStoreError(
                        .overloaded,
                        operation: "query",
                        reason: "\(line.tasks.count) queries are waiting"
                    )
                }
                line.tasks.add({ continuation.resume(returning: query()) }, of: client)
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Finishes the waiting queries, then ends the threads.
    func close() {
        monitor.withLock(notify: true) { $0.isClosed = true }
        for thread in threads { thread.join() }
    }
}
