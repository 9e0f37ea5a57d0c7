import PlayerSessions

/// Requests on their way to the disk: bounded, and in the order of arrival until they are committed.
///
/// What was decided is in the open group, and waits for the committer. Where that has nothing else to do it decides what
/// waits itself; while it syncs a group the writer does, so that the next one is ready when it comes back. One of them
/// decides at a time.
///
/// Each group costs a sync and some switches of threads, so a small one first waits for those who sent lately: as many
/// requests as were answered with the last group or waited then, up to `worthwhileRequests`. It waits no longer than
/// `gatherNanoseconds` after the last group began. A client that sends one request after the other is never held up.
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
        /// Whether somebody is at the open group, or closes the generation.
        var isDeciding = false
        /// Whether the committer waits for something to do.
        var isCommitterIdle = false
        /// How many requests the committer waits for.
        var expectedRequests = 0
        /// When it waits for them no longer.
        var gatherEnd = MonotonicTime.now
        /// Whether it has waited for them, and so takes all that there is.
        var hasGathered = false
        /// Whether the writer waits for something to do.
        var isWriterIdle = false
        /// Whether the writer waits until everything is committed.
        var isDraining = false
        /// How many events the committer's last group had.
        var committingEvents = 0
        /// Whether the active generation is full.
        var isRotationDue = false
        /// Whom to tell when the active generation was closed.
        var rotations: [@Sendable (Int) -> Void] = []
        /// Why nothing is taken any more.
        var refusal: SessionStoreError?
        /// Why nothing is taken for now.
        var shortage: SessionStoreError?

        /// Whether everything that was decided is committed.
        var isDrained: Bool { open.events == 0 && spare != nil }

        /// Whether the generation is to be closed before anything else is decided.
        var isToRotate: Bool { isRotationDue || !rotations.isEmpty }

        /// Whether somebody may begin to decide.
        var mayDecide: Bool { !isDeciding && !isToRotate }

        /// How many requests wait.
        var waitingRequests: Int { requests.count + open.requests.count }

        /// Whether the committer has what it waits for.
        var isGathered: Bool {
            waitingRequests >= max(1, expectedRequests)
                || events + open.events >= WriteQueue.maximumGroupEvents
        }

        /// How many events the open group has room for.
        var room: Int { WriteQueue.maximumGroupEvents - open.events }

        /// Whether the writer has something to decide: while a group is committed, half as much as that has.
        ///
        /// Waking the writer for each request would cost more than the requests.
        var isWriterWanted: Bool {
            guard spare == nil, mayDecide, let first = requests.first, first.batch.count <= room else {
                return false
            }
            return events >= min(committingEvents / 2, room)
        }
    }

    /// What the writer has to do next; `finishDeciding` ends it.
    enum WriterWork {
        /// Decide these, which are in the open group, and put into it what they change.
        case decide([Request], CommitGroup)
        /// Close the active generation, and tell them what to wait for.
        case rotate([@Sendable (Int) -> Void])
    }

    /// What the committer has to do next.
    enum CommitterWork {
        /// Decide these, as the writer does.
        case decide([Request], CommitGroup)
        /// Commit this, and give it back.
        case commit(CommitGroup)
        /// Wait for more, but so long at most.
        case gather(nanoseconds: Int)
        /// Wait for anything.
        case nothing
    }

    /// So many events make the largest group, and the largest batch.
    static let maximumGroupEvents = 16_384

    /// A group of so many requests gains little from more.
    static let worthwhileRequests = 16

    private let monitor = Monitor(State())
    private let committerWakeUp = Monitor(false)
    private let maximumEvents: Int
    private let gatherNanoseconds: Int

    /// Makes a queue for this many events at a time, whose groups begin so far apart while more requests are expected.
    init(maximumEvents: Int, gatherNanoseconds: Int = 1_000_000) {
        self.maximumEvents = maximumEvents
        self.gatherNanoseconds = gatherNanoseconds
    }

    /// Takes a request in, or says why not.
    func push(_ request: Request) -> SessionStoreError? {
        var wakesCommitter = false
        let refusal = monitor.withLockNotifying { state -> (SessionStoreError?, Bool) in
            if let refusal = state.refusal { return (refusal, false) }
            if let shortage = state.shortage { return (shortage, false) }
            let waiting = state.events + state.open.events
            guard waiting + request.batch.count <= maximumEvents || waiting == 0 else {
                return (WriteQueue.overload(waiting), false)
            }
            state.requests.append(request)
            state.events += request.batch.count
            guard state.mayDecide else { return (nil, false) }
            wakesCommitter = state.isCommitterIdle && state.isGathered
            if wakesCommitter { state.isCommitterIdle = false }
            return (nil, state.isWriterIdle && state.isWriterWanted)
        }
        if wakesCommitter { wakeCommitter() }
        return refusal
    }

    private static func overload(_ events: Int) -> SessionStoreError {
        SessionStoreError(
            .overloaded,
            operation: "store a batch",
            reason: "\(events) events are waiting to be written"
        )
    }

    /// Waits for what the writer has to do next; `nil` when the queue is closed and everything was committed.
    func nextForWriter() -> WriterWork? {
        monitor.wait { (state: inout State) -> WriterWork?? in
            state.isWriterIdle = false
            state.isDraining = false
            if state.isToRotate {
                // It waits for what was decided, so that what reaches the runs is durable in the journal, too.
                guard state.isDrained, !state.isDeciding else {
                    state.isDraining = true
                    return nil
                }
                defer { state.rotations = [] }
                state.isRotationDue = false
                state.isDeciding = true
                return .some(.rotate(state.rotations))
            }
            if state.isWriterWanted, let requests = WriteQueue.begin(&state) {
                return .some(.decide(requests, state.open))
            }
            if state.refusal != nil {
                if state.requests.isEmpty, state.isDrained { return .some(nil) }
                state.isDraining = true
            }
            state.isWriterIdle = true
            return nil
        }
    }

    /// What the committer has to do next.
    func nextForCommitter() -> CommitterWork {
        monitor.withLockNotifying { state in
            state.isCommitterIdle = false
            if state.expectedRequests > 0, !state.isToRotate {
                let rest = state.isGathered ? 0 : state.gatherEnd.nanosecondsFromNow
                if rest > 0 {
                    state.isCommitterIdle = true
                    return (.gather(nanoseconds: rest), false)
                }
                state.expectedRequests = 0
                state.hasGathered = true
            }
            // Not whatever comes meanwhile: what was decided must not wait without an end.
            let isMore = state.events > (state.hasGathered ? 0 : state.open.events)
            if isMore, let requests = WriteQueue.begin(&state) {
                state.hasGathered = false
                return (.decide(requests, state.open), false)
            }
            guard !state.isDeciding, state.open.events > 0, let next = state.spare else {
                state.isCommitterIdle = true
                return (.nothing, false)
            }
            let group = state.open
            state.committingEvents = group.events
            state.gatherEnd = .now + gatherNanoseconds
            state.hasGathered = false
            state.open = next
            state.spare = nil
            return (.commit(group), state.isWriterIdle && state.isWriterWanted)
        }
    }

    /// Puts what waits into the open group, for whoever decides it then; `nil` where nothing waits that may be decided now.
    private static func begin(_ state: inout State) -> [Request]? {
        guard state.mayDecide, let first = state.requests.first, first.batch.count <= state.room else {
            return nil
        }
        let requests = take(state.room, from: &state)
        state.open.add(requests)
        state.isDeciding = true
        return requests
    }

    /// Ends what was begun with `.decide` or `.rotate`; the writer is to close the active generation if that `isFull`.
    func finishDeciding(isFull: Bool = false) {
        let wakesCommitter = monitor.withLockNotifying { state -> (Bool, Bool) in
            state.isDeciding = false
            state.isRotationDue = isFull
            defer { state.isCommitterIdle = false }
            // It waits until all is committed, and `giveBack` wakes it then.
            if isFull, state.isWriterIdle { state.isDraining = true }
            return (state.isCommitterIdle, false)
        }
        if wakesCommitter { wakeCommitter() }
    }

    /// Waits until there may be work for the committer; `false` if the milliseconds pass before.
    func waitForWork(milliseconds: Int) -> Bool { waitForWork(nanoseconds: 1_000_000 * milliseconds) }

    /// Waits until there may be work for the committer; `false` if the nanoseconds pass before.
    @discardableResult
    func waitForWork(nanoseconds: Int) -> Bool {
        committerWakeUp.wait(nanoseconds: nanoseconds, for: WriteQueue.takeWakeUp) ?? false
    }

    /// Waits without an end until there may be work for the committer.
    func waitForWork() { _ = committerWakeUp.wait(for: WriteQueue.takeWakeUp) }

    private static func takeWakeUp(_ isWoken: inout Bool) -> Bool? {
        defer { isWoken = false }
        return isWoken ? true : nil
    }

    /// Wakes the committer, which may have nothing to do.
    func wakeCommitter() { committerWakeUp.withLock(notify: true) { $0 = true } }

    /// Takes a group back that was committed and emptied, so many requests of which were answered.
    func giveBack(_ group: CommitGroup, answered: Int) {
        monitor.withLockNotifying { state in
            state.spare = group
            state.expectedRequests = min(answered + state.waitingRequests, WriteQueue.worthwhileRequests)
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
}
