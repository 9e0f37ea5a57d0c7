/// A cluster with patience: what may be repeated is repeated a few times before the error is the caller's.
struct ClusterAccess: Sendable {
    /// The cluster.
    let cluster: any Cluster
    /// Time and randomness.
    let surroundings: Surroundings
    /// How long a batch may take; `nil` where nobody with a deadline waits.
    private let batchTime: BatchTime?
    /// What all requests belong to: when it began, and how long it may take, in ns; `nil` where each is by itself.
    private var bound: (begin: Int64, limit: Int64)?

    init(cluster: any Cluster, surroundings: Surroundings, batchTime: BatchTime? = nil) {
        self.cluster = cluster
        self.surroundings = surroundings
        self.batchTime = batchTime
    }

    /// Access for a batch that begins now, and sends nothing more once it has taken too long.
    func bounded(events: Int) -> ClusterAccess {
        guard let batchTime else { return self }
        var access = self
        access.bound = (surroundings.elapsed(), batchTime.limit(events: events))
        return access
    }

    /// How often a request is sent before its error counts: enough for a node that has just gone.
    static let maximumAttempts = 3
    /// How old a request may be when it is sent again, in ns, its waiting for room included: 10 seconds.
    ///
    /// So a timeout is repeated once. Whoever sent the batch does better to send it again than to wait for longer.
    static let maximumAge: Int64 = 10_000_000_000
    /// How long one attempt takes at most, in ns: 6 seconds, of which a batch's last attempt needs all.
    static let attemptTime: Int64 = 6_000_000_000
    /// The first pause between two attempts, in ns; each further one is twice as long.
    static let firstPause: Int64 = 20_000_000
    /// The most pages of one read, so that a cluster which pages for ever is an error and not a hang: 10⁸ rows.
    static let maximumPages = 100_000

    /// Runs a request; one that meets errors for long ends by `maximumAge` and the time of one attempt.
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

    /// Runs a write.
    func write(_ statement: Statement) async throws(ClusterError) {
        _ = try await run(.single(statement))
    }

    /// Runs a batch of writes.
    func write(_ kind: Request.Kind, _ statements: [Statement]) async throws(ClusterError) {
        _ = try await run(Request(kind: kind, statements: statements))
    }

    /// Reads all rows, page by page.
    func rows(_ statement: Statement) async throws(ClusterError) -> [Row] {
        var rows: [Row] = []
        try await forEachPage(statement) { rows += $0 }
        return rows
    }

    /// Hands on each page of a read.
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

/// How long a batch may take: whoever waits for it has a deadline of his own, and more patience with more events.
///
/// No count depends on it.
public struct BatchTime: Sendable {
    /// How long the smallest batch may take, in ns: 16 seconds, 10 in which a request may be sent again and the 6 of its last
    /// attempt.
    var least: Int64 = 16_000_000_000
    /// How much longer a batch may take with each event, in ns: 10 ms.
    var perEvent: Int64 = 10_000_000

    /// The time that the contract states for clients.
    public static let ofClients = BatchTime()

    /// How long a batch of so many events may take, in ns.
    func limit(events: Int) -> Int64 { least + Int64(events) * perEvent }
}
