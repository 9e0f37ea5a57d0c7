/// A cluster whose repeatable requests are retried a few times before the caller gets the error.
struct ClusterAccess: Sendable {
    let cluster: any Cluster
    let surroundings: Surroundings
    /// How long a batch may take; `nil` if no client with a deadline waits.
    private let batchTime: BatchTime?
    /// The limit that all requests share: when it began and how long it is, in ns; `nil` if each has its own.
    private var bound: (begin: Int64, limit: Int64)?

    init(cluster: any Cluster, surroundings: Surroundings, batchTime: BatchTime? = nil) {
        self.cluster = cluster
        self.surroundings = surroundings
        self.batchTime = batchTime
    }

    /// Returns access for a batch that begins now; it sends nothing more once the batch has taken too long.
    func bounded(events: Int) -> ClusterAccess {
        guard let batchTime else { return self }
        var access = self
        access.bound = (surroundings.elapsed(), batchTime.limit(events: events))
        return access
    }

    /// How often a request is sent before its error is thrown: enough if a node has just gone down.
    static let maximumAttempts = 3
    /// The age up to which a request is sent again, in ns, including its wait for capacity: 10 seconds.
    ///
    /// So a timeout is retried once. After that the client had better resend the batch than wait longer.
    static let maximumAge: Int64 = 10_000_000_000
    /// The longest that an attempt takes, in ns: 6 seconds; retries stop this long before a batch's limit.
    static let attemptTime: Int64 = 6_000_000_000
    /// The mean pause before the first retry, in ns; each further one is twice as long.
    static let firstPause: Int64 = 20_000_000
    /// The most pages of one read, 10⁸ rows: a cluster that pages forever causes an error, not a hang.
    static let maximumPages = 100_000

    /// Runs a request, with retries; despite errors it ends within `maximumAge` and the time of one attempt.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        let now = surroundings.elapsed()
        if let bound, now - bound.begin > bound.limit {
            throw ClusterError(
                outcome: .notApplied,
                reason: "the cluster is too slow: this has taken over \(bound.limit / 1_000_000_000) s",
                mayRepeat: false
            )
        }
        let ownEnd = now + ClusterAccess.maximumAge
        let end = bound.map { min(ownEnd, $0.begin + $0.limit - ClusterAccess.attemptTime) } ?? ownEnd
        var attempt = 1
        while true {
            do throws(ClusterError) {
                return try await cluster.run(request)
            } catch {
                guard request.isRepeatable, error.isTransient, error.mayRepeat,
                    attempt < ClusterAccess.maximumAttempts,
                    surroundings.elapsed() < end
                else { throw error }
            }
            let pause = ClusterAccess.firstPause << Int64(attempt - 1)
            await surroundings.pause(about: pause)
            attempt += 1
        }
    }

    func write(_ statement: Statement) async throws(ClusterError) {
        _ = try await run(.single(statement))
    }

    func write(_ kind: Request.Kind, _ statements: [Statement]) async throws(ClusterError) {
        _ = try await run(Request(kind: kind, statements: statements))
    }

    /// Returns all rows of a read, page by page.
    func rows(_ statement: Statement) async throws(ClusterError) -> [Row] {
        var rows: [Row] = []
        try await forEachPage(statement) { rows += $0 }
        return rows
    }

    /// Calls `body` with the rows of each page of a read.
    func forEachPage(_ statement: Statement, _ body: ([Row]) -> Void) async throws(ClusterError) {
        var page: PagingState?
        for _ in 0..<ClusterAccess.maximumPages {
            let answer = try await run(.single(statement, page: page))
            body(answer.rows)
            guard let next = answer.next else { return }
            page = next
        }
        throw ClusterError(outcome: .notApplied, reason: "a read has no end", isTransient: false)
    }
}

/// How long a batch may take: its client has a deadline, which allows more time for more events.
///
/// The correctness of counts does not depend on it.
public struct BatchTime: Sendable {
    /// The limit for the smallest batch, in ns: 16 seconds, 10 in which a request may be sent again and 6 for its last
    /// attempt.
    var least: Int64 = 16_000_000_000
    /// The additional time for each event, in ns: 10 ms.
    var perEvent: Int64 = 10_000_000

    /// The limits that the contract states for clients.
    public static let ofClients = BatchTime()

    /// Returns how long a batch of `events` events may take, in ns.
    func limit(events: Int) -> Int64 { least + Int64(events) * perEvent }
}
