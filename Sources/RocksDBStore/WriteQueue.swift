import PlayerSessions

/// Requests on their way to the writer: bounded, in the order of arrival.
final class WriteQueue: Sendable {
    /// A batch and whom to tell.
    struct Request: Sendable {
        let batch: PackedBatch
        let completion: @Sendable (Result<Void, SessionStoreError>) -> Void
    }

    private struct State {
        var requests: [Request] = []
        var events = 0
        /// Why nothing is taken any more.
        var refusal: SessionStoreError?
        /// Why nothing is taken for now.
        var shortage: SessionStoreError?
        /// Whom to tell when the active generation was closed.
        var rotations: [@Sendable (Int) -> Void] = []
    }

    /// What the writer has to do next.
    enum Work {
        case group([Request])
        /// Close the active generation, whether or not it is full, and tell them what to wait for.
        case rotate([@Sendable (Int) -> Void])
    }

    /// So many events make the largest group, and the largest batch.
    static let maximumGroupEvents = 16_384

    private let monitor = Monitor(State())
    private let maximumEvents: Int

    /// Makes a queue for this many events at a time.
    init(maximumEvents: Int) {
        self.maximumEvents = maximumEvents
    }

    /// Takes a request in, or says why not.
    func push(_ request: Request) -> SessionStoreError? {
        monitor.withLock(notify: true) { state in
            if let refusal = state.refusal { return refusal }
            if let shortage = state.shortage { return shortage }
            guard state.events + request.batch.count <= maximumEvents || state.requests.isEmpty else {
                return SessionStoreError(
                    .overloaded,
                    operation: "store a batch",
                    reason: "\(state.events) events are waiting to be written"
                )
            }
            state.requests.append(request)
            state.events += request.batch.count
            return nil
        }
    }

    /// Waits for work; `nil` when the queue is closed and everything was taken.
    func next() -> Work? {
        monitor.wait { (state: inout State) -> Work?? in
            if !state.rotations.isEmpty {
                defer { state.rotations = [] }
                return .some(.rotate(state.rotations))
            }
            if state.requests.isEmpty { return state.refusal == nil ? nil : .some(nil) }
            return .some(.group(WriteQueue.takeGroup(&state)))
        }
    }

    private static func takeGroup(_ state: inout State) -> [Request] {
        var events = 0
        var count = 0
        for request in state.requests {
            if count > 0, events + request.batch.count > maximumGroupEvents { break }
            events += request.batch.count
            count += 1
        }
        state.events -= events
        if count == state.requests.count {
            let group = state.requests
            state.requests = []
            state.requests.reserveCapacity(group.count)
            return group
        }
        let group = Array(state.requests.prefix(count))
        state.requests.removeFirst(count)
        return group
    }

    /// Asks the writer to close the active generation after the group that it is at.
    ///
    /// `done` gets what `Flusher.waitUntilFlushed` takes. Returns `false`, and does not call it, once the queue
    /// is closed.
    func requestRotation(_ done: @escaping @Sendable (Int) -> Void) -> Bool {
        monitor.withLock(notify: true) { state in
            guard state.refusal == nil else { return false }
            state.rotations.append(done)
            return true
        }
    }

    /// Takes nothing more, for this reason; what was taken is still handed out.
    ///
    /// Says whether this is the first failure.
    @discardableResult
    func close(_ refusal: SessionStoreError) -> Bool {
        monitor.withLock(notify: true) { state in
            if state.refusal?.kind == .failed { return false }
            if state.refusal == nil || refusal.kind == .failed { state.refusal = refusal }
            return refusal.kind == .failed
        }
    }

    /// Takes nothing for now, for this reason, or again; what was taken is handed out all the same.
    func setShortage(_ shortage: SessionStoreError?) {
        monitor.withLock { $0.shortage = shortage }
    }

    /// Why nothing is taken any more, if so.
    var refusal: SessionStoreError? { monitor.withLock { $0.refusal } }

    /// Whether nothing waits.
    var isEmpty: Bool { monitor.withLock { $0.requests.isEmpty && $0.rotations.isEmpty } }

    /// How many events wait.
    var waitingEvents: Int { monitor.withLock { $0.events } }
}
