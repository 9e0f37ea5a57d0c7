internal import CQL
import Synchronization

/// Sends what comes together as one request.
///
/// What a request costs a node is mostly the request, not the row (docs/decisions/0014). The parts have nothing else to do
/// with each other: where a node answers that they failed together, each is sent again alone, so that a partition without
/// replicas fails nobody else's part.
final class RequestCombiner<Part: Sendable, Output: Sendable>: Sendable {
    /// Hands on what came of one part.
    typealias Completion = @Sendable (Result<Output, CQLError>) -> Void
    /// Sends parts as one request, which may take so many ns; gives an output for each of them, in their order.
    typealias Send =
        @Sendable ([Part], Int64, @escaping @Sendable (Result<[Output], CQLError>) -> Void) -> Void
    /// Calls back when those that are ready to add a part have done so.
    typealias Defer = @Sendable (@escaping @Sendable () -> Void) -> Void

    private struct Entry: Sendable {
        var part: Part
        /// When it came, in ns of elapsed time.
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

    /// Returns what came of a part that has so many bytes of values.
    func run(_ part: Part, bytes: Int) async throws(CQLError) -> Output {
        let result = await withCheckedContinuation { continuation in
            add(part, bytes: bytes) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The same for callers that do not await; `completion` is called once, on any thread.
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

/// How much may go together.
struct CombiningLimits: Sendable {
    /// The most parts of a request.
    var maximumParts: Int
    /// The most bytes of their values; a part that has more goes alone.
    ///
    /// Cassandra warns of batches above 5 KiB, which count the names of columns, too.
    var maximumBytes = 2_048
    /// How long a part may take in all, in ns, sent again or not.
    var patience: Int64 = 6_000_000_000

    /// Of writes: Cassandra warns of unlogged batches of more than 10 partitions.
    static let writes = CombiningLimits(maximumParts: 10)
    /// Of reads: each partition is asked for the sessions of all parts, so that with many more of them reads would cost
    /// more than requests do.
    static let reads = CombiningLimits(maximumParts: 16)
    /// Of what may not go together.
    static let alone = CombiningLimits(maximumParts: 1)
}

extension CQLError.Cause {
    /// Whether another part of the same request may be to blame.
    ///
    /// A node that does not answer at all, or has too much to do, would only get many requests in place of one.
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
