internal import CQL
import Synchronization

/// Combines parts that arrive together into one request.
///
/// Most of what a request costs a node is per request, not per row (docs/decisions/0014). The parts are independent: if
/// a node responds that they failed together, each is sent again alone, so that a partition without replicas fails only
/// its own part.
final class RequestCombiner<Part: Sendable, Output: Sendable>: Sendable {
    /// Receives the result of one part.
    typealias Completion = @Sendable (Result<Output, CQLError>) -> Void
    /// Sends parts as one request with a timeout in ns; completes with one output for each part, in their order.
    typealias Send =
        @Sendable ([Part], Int64, @escaping @Sendable (Result<[Output], CQLError>) -> Void) -> Void
    /// Calls back after everything that is ready to add a part has done so.
    typealias Defer = @Sendable (@escaping @Sendable () -> Void) -> Void

    private struct Entry: Sendable {
        var part: Part
        /// When it was added, in ns of elapsed time.
        var begin: Int64
        var completion: Completion
    }

    private struct Waiting {
        var entries: [Entry] = []
        var bytes = 0

        mutating func take() -> [Entry] {
            defer { self = Waiting() }
            return entries
        }
    }

    private let limits: CombiningLimits
    private let waiting = Mutex(Waiting())
    private let elapsed: @Sendable () -> Int64
    private let send: Send
    private let whenOthersHaveCome: Defer

    init(
        _ limits: CombiningLimits,
        elapsed: @escaping @Sendable () -> Int64,
        send: @escaping Send,
        whenOthersHaveCome: @escaping Defer
    ) {
        self.limits = limits
        self.elapsed = elapsed
        self.send = send
        self.whenOthersHaveCome = whenOthersHaveCome
    }

    /// Returns the output of a part whose values take `bytes` bytes.
    func run(_ part: Part, bytes: Int) async throws(CQLError) -> Output {
        let result = await withCheckedContinuation { continuation in
            add(part, bytes: bytes) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// As `run`, for callers that do not await; `completion` is called once, on any thread.
    func add(_ part: Part, bytes: Int, completion: @escaping Completion) {
        let entry = Entry(part: part, begin: elapsed(), completion: completion)
        let (full, isFirst) = waiting.withLock { waiting in
            var full: [Entry] = []
            if waiting.bytes + bytes > limits.maximumBytes { full = waiting.take() }
            waiting.entries.append(entry)
            waiting.bytes += bytes
            let isFirst = waiting.entries.count == 1
            if waiting.entries.count == limits.maximumParts { full = waiting.take() }
            return (full, isFirst)
        }
        sendTogether(full)
        if isFirst { whenOthersHaveCome { [self] in sendTogether(waiting.withLock { $0.take() }) } }
    }

    private func sendTogether(_ entries: [Entry]) {
        guard entries.count > 1 else {
            if let entry = entries.first { sendAlone(entry) }
            return
        }
        let time = entries.map(left(of:)).min() ?? 0
        send(entries.map(\.part), time) { [self] result in
            switch result {
            case .success(let outputs):
                assert(outputs.count == entries.count)
                for (entry, output) in zip(entries, outputs) { entry.completion(.success(output)) }
            case .failure(let error):
                for entry in entries { end(entry, error) }
            }
        }
    }

    private func sendAlone(_ entry: Entry) {
        send([entry.part], left(of: entry)) { entry.completion($0.map { $0[0] }) }
    }

    private func end(_ entry: Entry, _ error: CQLError) {
        if error.cause.mayBeOthers, left(of: entry) > 0 {
            sendAlone(entry)
        } else {
            entry.completion(.failure(error))
        }
    }

    private func left(of entry: Entry) -> Int64 { entry.begin + limits.patience - elapsed() }
}

/// How much may be combined.
struct CombiningLimits: Sendable {
    /// The most parts of a request.
    var maximumParts: Int
    /// The most bytes of their values; a larger part is sent alone.
    ///
    /// Cassandra warns of batches above 5 KiB, which include the names of columns.
    var maximumBytes = 2_048
    /// How long a part may take in ns, a second attempt included.
    var patience: Int64 = 6_000_000_000

    /// For writes: Cassandra warns of unlogged batches of more than 10 partitions.
    static let writes = CombiningLimits(maximumParts: 10)
    /// For reads: each partition is asked for the sessions of all parts, so more parts would cost more than they save.
    static let reads = CombiningLimits(maximumParts: 16)
    /// For what must not be combined.
    static let alone = CombiningLimits(maximumParts: 1)
}

extension CQLError.Cause {
    /// Whether another part of the same request may be the cause.
    ///
    /// A node that does not respond at all, or is overloaded, would only get many requests instead of one.
    fileprivate var mayBeOthers: Bool {
        switch self {
        case .server(let error):
            switch error.kind {
            case .overloaded, .bootstrapping: false
            default: true
            }
        // One part may be too large, or not fit its statement.
        case .invalidRequest, .column, .frameTooLong: true
        default: false
        }
    }
}
