internal import CQL
import Synchronization

/// Sends writes that come together in one request: an unlogged batch.
///
/// What a request costs a node is mostly the request, not the row: eight writes of one batch cost it about half of what
/// eight requests do (docs/decisions/0014). The writes have nothing else to do with each other: each has a timestamp of
/// its own, is a mutation of its own at every replica, and is answered when all of them are at the level. What fails
/// together is sent again alone, so that a partition without replicas fails no other one's writes.
final class WriteCombiner: Sendable {
    /// A prepared statement with its values.
    struct Bound: Sendable {
        var statement: PreparedStatement
        var values: BoundValues
    }

    /// Sends statements as one request, which may take so many ns.
    typealias Send = @Sendable ([Bound], Int64, @escaping RequestCompletion) -> Void
    /// Calls back when those that are ready to add a write have done so.
    typealias Defer = @Sendable (@escaping @Sendable () -> Void) -> Void

    private struct Write: Sendable {
        /// Of one partition.
        var statements: [Bound]
        /// When it came, in ns of elapsed time.
        var begin: Int64
        var completion: RequestCompletion
    }

    private struct Waiting {
        var writes: [Write] = []
        var bytes = 0

        mutating func take() -> [Write] {
            defer { self = Waiting() }
            return writes
        }
    }

    private let waiting = Mutex(Waiting())
    private let elapsed: @Sendable () -> Int64
    private let send: Send
    private let whenOthersHaveCome: Defer

    /// The most writes of a request: Cassandra warns of unlogged batches of more than 10 partitions.
    static let maximumWrites = 8
    /// The most bytes of their values: Cassandra warns of batches above 5 KiB, which count names of columns, too.
    static let maximumBytes = 2_048
    /// How long a write may take in all, in ns, sent again or not.
    static let patience: Int64 = 6_000_000_000

    init(elapsed: @escaping @Sendable () -> Int64, send: @escaping Send, whenOthersHaveCome: @escaping Defer)
    {
        self.elapsed = elapsed
        self.send = send
        self.whenOthersHaveCome = whenOthersHaveCome
    }

    /// Returns when the write, statements of one partition, is at the level.
    func run(_ statements: [Bound]) async throws(CQLError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            write(statements) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The same for callers that do not await; `completion` is called once, on any thread.
    func write(_ statements: [Bound], completion: @escaping RequestCompletion) {
        let write = Write(statements: statements, begin: elapsed(), completion: completion)
        let bytes = write.statements.reduce(0) { $0 + $1.values.byteCount }
        let (full, isFirst) = waiting.withLock { waiting in
            var full: [Write] = []
            if waiting.bytes + bytes > WriteCombiner.maximumBytes { full = waiting.take() }
            waiting.writes.append(write)
            waiting.bytes += bytes
            let isFirst = waiting.writes.count == 1
            if waiting.writes.count == WriteCombiner.maximumWrites { full = waiting.take() }
            return (full, isFirst)
        }
        sendTogether(full)
        if isFirst { whenOthersHaveCome { [self] in sendTogether(waiting.withLock { $0.take() }) } }
    }

    private func sendTogether(_ writes: [Write]) {
        guard writes.count > 1 else {
            if let write = writes.first { send(write.statements, left(of: write), write.completion) }
            return
        }
        let time = writes.map(left(of:)).min() ?? 0
        send(writes.flatMap(\.statements), time) { [self] result in
            for write in writes { end(write, result) }
        }
    }

    private func end(_ write: Write, _ result: Result<Answer, CQLError>) {
        let time = left(of: write)
        if case .failure(let error) = result, error.cause.mayBeOthers, time > 0 {
            send(write.statements, time, write.completion)
        } else {
            write.completion(result)
        }
    }

    private func left(of write: Write) -> Int64 { write.begin + WriteCombiner.patience - elapsed() }
}

extension CQLError.Cause {
    /// Whether another write of the same request may be to blame.
    fileprivate var mayBeOthers: Bool {
        switch self {
        case .clientClosed, .overloaded, .noNodeAvailable, .configuration: false
        default: true
        }
    }
}
