import PlayerSessions

/// Requests on their way to the disk: bounded, and in the order of arrival until they are committed.
///
/// They wait for the writer, which decides them and puts them into the open group; that waits for the committer. So while
/// one group is synced the next is decided, and the committer goes from one to the next without waiting for anybody.
final class WriteQueue: Sendable {
    /// A batch and whom to tell.
    struct Request: Sendable {
        let batch: PackedBatch
        let completion: @Sendable (Result<Void, SessionStoreError>) -> Void
    }

    private struct State {
        var requests: [Request] = []
        var events = 0
        /// What is decided and not taken by the committer yet.
        var open = CommitGroup()
        /// What becomes the open group when the committer takes that; it has this one, otherwise.
        var spare: CommitGroup? = CommitGroup()
        /// Whether the writer is at the open group.
        var isDeciding = false
        /// Whether the committer waits for a group.
        var isCommitterIdle = true
        /// How many events the committer's last group had.
        var committingEvents = 0
        /// Whether the writer waits for requests.
        var isWriterIdle = false
        /// Whether the writer waits until everything is committed.
        var isDraining = false
        /// Why nothing is taken any more.
        var refusal: SessionStoreError?
        /// Why nothing is taken for now.
        var shortage: SessionStoreError?
        /// Whom to tell when the active generation was closed.
        var rotations: [@Sendable (Int) -> Void] = []

        /// Whether everything that was decided is committed.
        var isDrained: Bool { open.events == 0 && spare != nil }

        /// Whether the writer waits although there is enough for it.
        var isWriterAwaited: Bool { isWriterIdle && events >= wantedEvents }

        /// How many events are worth waking the writer for.
        ///
        /// While a group is synced, half as many as it has: waking it for each request would cost more than the requests.
        var wantedEvents: Int {
            isCommitterIdle
                ? 1 : max(1, min(committingEvents / 2, WriteQueue.maximumGroupEvents - open.events))
        }
    }

    /// What the writer has to do next.
    enum Work {
        /// Decide these, which are in the open group, put into it what they change, and call `finishDeciding`.
        case decide([Request], CommitGroup)
        /// Close the active generation, whether or not it is full, and tell them what to wait for.
        case rotate([@Sendable (Int) -> Void])
    }

    /// So many events make the largest group, and the largest batch.
    static let maximumGroupEvents = 16_384

    private let monitor = Monitor(State())
    private let committerWakeUp = Monitor(false)
    private let maximumEvents: Int

    /// Makes a queue for this many events at a time.
    init(maximumEvents: Int) {
        self.maximumEvents = maximumEvents
    }

    /// Takes a request in, or says why not.
    func push(_ request: Request) -> SessionStoreError? {
        monitor.withLockNotifying { state in
            if let refusal = state.refusal { return (refusal, false) }
            if let shortage = state.shortage { return (shortage, false) }
            let waiting = state.events + state.open.events
            guard waiting + request.batch.count <= maximumEvents || waiting == 0 else {
                return (WriteQueue.overload(waiting), false)
            }
            state.requests.append(request)
            state.events += request.batch.count
            return (nil, state.isWriterAwaited)
        }
    }

    private static func overload(_ events: Int) -> SessionStoreError {
        SessionStoreError(
            .overloaded,
            operation: "store a batch",
            reason: "\(events) events are waiting to be written"
        )
    }

    /// Waits for what the writer has to do next; `nil` when the queue is closed and everything was committed.
    func next() -> Work? {
        monitor.wait { (state: inout State) -> Work?? in
            state.isWriterIdle = false
            state.isDraining = false
            if !state.rotations.isEmpty {
                // It waits for what was decided, and nothing goes before it.
                guard state.isDrained else {
                    state.isDraining = true
                    return nil
                }
                defer { state.rotations = [] }
                return .some(.rotate(state.rotations))
            }
            let room = WriteQueue.maximumGroupEvents - state.open.events
            if let first = state.requests.first, first.batch.count <= room {
                if state.events >= state.wantedEvents {
                    let requests = WriteQueue.take(room, from: &state)
                    state.open.add(requests)
                    state.isDeciding = true
                    return .some(.decide(requests, state.open))
                }
            } else if state.refusal != nil {
                if state.requests.isEmpty, state.isDrained { return .some(nil) }
                state.isDraining = true
            }
            state.isWriterIdle = true
            return nil
        }
    }

    /// Lets the committer have the open group.
    func finishDeciding() {
        let isAwaited = monitor.withLock { state in
            state.isDeciding = false
            defer { state.isCommitterIdle = false }
            return state.isCommitterIdle
        }
        if isAwaited { committerWakeUp.withLock(notify: true) { $0 = true } }
    }

    /// Waits until everything that was decided is committed.
    func drain() {
        monitor.wait { state -> Void? in
            state.isDraining = !state.isDrained
            return state.isDrained ? () : nil
        }
    }

    /// The group that the committer has to commit next; `nil` where there is none, and then `waitForGroup` waits for one.
    func takeGroup() -> CommitGroup? {
        monitor.withLockNotifying { state in
            guard !state.isDeciding, state.open.events > 0, let next = state.spare else {
                state.isCommitterIdle = true
                return (nil, state.isWriterAwaited)
            }
            state.committingEvents = state.open.events
            let group = state.open
            state.open = next
            state.spare = nil
            return (group, state.isWriterAwaited)
        }
    }

    /// Waits until there may be a group, or the committer is to end; `false` if the milliseconds pass before.
    func waitForGroup(milliseconds: Int) -> Bool {
        committerWakeUp.wait(milliseconds: milliseconds) { isWoken -> Bool? in
            defer { isWoken = false }
            return isWoken ? true : nil
        } ?? false
    }

    /// Waits without an end until there may be a group, or the committer is to end.
    func waitForGroup() {
        committerWakeUp.wait { isWoken -> Void? in
            defer { isWoken = false }
            return isWoken ? () : nil
        }
    }

    /// Wakes the committer, which may have no group.
    func wakeCommitter() { committerWakeUp.withLock(notify: true) { $0 = true } }

    /// Takes a group back that was committed and emptied.
    func giveBack(_ group: CommitGroup) {
        monitor.withLockNotifying { state in
            state.spare = group
            return ((), state.isDraining && state.isDrained)
        }
    }

    /// Takes requests of at most so many events, which the first one does not exceed.
    private static func take(_ room: Int, from state: inout State) -> [Request] {
        var events = 0
        var count = 0
        for request in state.requests {
            if events + request.batch.count > room { break }
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

    /// How many events wait: all but those of the group that is being committed.
    var waitingEvents: Int { monitor.withLock { $0.events + $0.open.events } }

    /// Whether the writer waits for requests: for tests.
    var isWriterIdle: Bool { monitor.withLock { $0.isWriterIdle } }
}
