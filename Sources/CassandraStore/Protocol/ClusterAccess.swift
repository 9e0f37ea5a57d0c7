/// A cluster with patience: what may be repeated is repeated a few times before the error is the caller's.
struct ClusterAccess: Sendable {
    /// The cluster.
    let cluster: any Cluster
    /// Time and randomness.
    let surroundings: Surroundings

    /// How often a request is sent before its error counts: enough for a node that has just gone.
    static let maximumAttempts = 3
    /// How old a request may be when it is sent again, in ns, its waiting for room included: 10 seconds.
    ///
    /// So a timeout is repeated once. Whoever sent the batch does better to send it again than to wait for longer.
    static let maximumAge: Int64 = 10_000_000_000
    /// The first pause between two attempts, in ns; each further one is twice as long.
    static let firstPause: Int64 = 20_000_000
    /// The most pages of one read, so that a cluster which pages for ever is an error and not a hang: 10⁸ rows.
    static let maximumPages = 100_000

    /// Runs a request; one that meets errors for long ends by `maximumAge` and the time of one attempt.
    func run(_ request: Request) async throws(ClusterError) -> Page {
        let begin = surroundings.elapsed()
        var attempt = 1
        while true {
            do throws(ClusterError) {
                return try await cluster.run(request)
            } catch {
                guard request.isRepeatable, error.isTransient, error.mayRepeat,
                    attempt < ClusterAccess.maximumAttempts,
                    surroundings.elapsed() - begin < ClusterAccess.maximumAge
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
