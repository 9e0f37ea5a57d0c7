import PlayerSessions

/// The requests on their way to the disk: bounded, and in order of arrival until they are committed.
///
/// Decided requests are in the open group and wait for the committer. While it has nothing else to do, the committer
/// decides waiting requests itself; while it syncs a group, the writer does, so that the next group is ready when the
/// sync returns. Only one of them decides at a time.
///
/// Each group costs a sync and several context switches, so a small one first waits for recent clients: for as many
/// requests as were answered with the last group or were waiting when it was done, up to `worthwhileRequests`, but no
/// longer than `gatherNanoseconds` after the last group began. A client that sends one request at a time is never
/// delayed.
final class WriteQueue: Sendable {
    /// A batch and the callback for its result.
    struct Request: Sendable {
        let batch: PackedBatch
        let completion: @Sendable (Result<Void, SessionStoreError>) -> Void
    }

    private struct State {
        var requests: [Request] = []
        var events = 0
        /// The group that is being decided or waits for the committer.
        var open = CommitGroup()
        /// The next open group; `nil` while the committer has a group.
        var spare: CommitGroup? = CommitGroup()
        /// Whether a thread is deciding or closing the active memtable.
        var isDeciding = false
        /// Whether the committer waits for work.
        var isCommitterIdle = false
        /// How many requests the committer waits for.
        var expectedRequests = 0
        /// When the committer stops waiting for them.
        var gatherEnd = MonotonicTime.now
        /// Whether the committer has just waited for them, and so decides everything.
        var hasGathered = false
        /// Whether the writer waits for work.
        var isWriterIdle = false
        /// Whether the writer waits until everything is committed.
        var isDraining = false
        /// Events in the group that the committer took last.
        var committingEvents = 0
        /// Whether the active memtable is full.
        var isRotationDue = false
        /// Called with the argument for `Flusher.waitUntilFlushed` when the active memtable is closed.
        var rotations: [@Sendable (Int) -> Void] = []
        /// Why requests are refused for good.
        var refusal: SessionStoreError?
        /// Why requests are refused for now.
        var shortage: SessionStoreError?

        /// Whether everything decided is committed.
        var isDrained: Bool { open.events == 0 && spare != nil }

        /// Whether the memtable must be closed before anything else is decided.
        var isToRotate: Bool { isRotationDue || !rotations.isEmpty }

        /// Whether a thread may start deciding.
        var mayDecide: Bool { !isDeciding && !isToRotate }

        /// The number of requests that the committer has not taken.
        var waitingRequests: Int { requests.count + open.requests.count }

        /// Whether enough requests wait for the committer to start.
        var isGathered: Bool {
            waitingRequests >= max(1, expectedRequests)
                || events + open.events >= WriteQueue.maximumGroupEvents
        }

        /// How many more events the open group can hold.
        var room: Int { WriteQueue.maximumGroupEvents - open.events }

        /// Whether the writer has enough to decide: while a group is committed, half as many events as that has.
        ///
        /// Waking the writer for each request would cost more than the requests.
        var isWriterWanted: Bool {
            guard spare == nil, mayDecide, let first = requests.first, first.batch.count <= room else {
                return false
            }
            return events >= min(committingEvents / 2, room)
        }
    }

    /// The writer's next work, which `finishDeciding` ends.
    enum WriterWork {
        /// Decide these requests, which are in the group already, and add their changes to it.
        case decide([Request], CommitGroup)
        /// Close the active memtable, and call these with the argument for `Flusher.waitUntilFlushed`.
        case rotate([@Sendable (Int) -> Void])
    }

    /// The committer's next work.
    enum CommitterWork {
        /// Decide these requests, as the writer does.
        case decide([Request], CommitGroup)
        /// Commit this group, then return it with `giveBack`.
        case commit(CommitGroup)
        /// Wait for more requests, at most this long.
        case gather(nanoseconds: Int)
        /// Wait for any work.
        case nothing
    }

    /// The most events in a group, and so in a batch.
    static let maximumGroupEvents = 16_384

    /// With this many requests, a group gains little from more.
    static let worthwhileRequests = 16

    private let monitor = Monitor(State())
    private let committerWakeUp = Monitor(false)
    private let maximumEvents: Int
    private let gatherNanoseconds: Int

    /// Makes a queue for this many waiting events; see the type for `gatherNanoseconds`.
    init(maximumEvents: Int, gatherNanoseconds: Int = 1_000_000) {
        self.maximumEvents = maximumEvents
        self.gatherNanoseconds = gatherNanoseconds
    }

    /// Adds a request, or returns why it is refused.
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

    /// Waits for the writer's next work; returns `nil` when the queue is closed and everything is committed.
    func nextForWriter() -> WriterWork? {
        monitor.wait { (state: inout State) -> WriterWork?? in
            state.isWriterIdle = false
            state.isDraining = false
            if state.isToRotate {
                // Wait for everything decided: what reaches the runs must be durable in the journal, too.
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

    /// Returns the committer's next work.
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
            // Only if more waits than is decided; otherwise arrivals could hold back decided requests forever.
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

    /// Moves waiting requests into the open group for the caller to decide; returns `nil` if none may be decided now.
    private static func begin(_ state: inout State) -> [Request]? {
        guard state.mayDecide, let first = state.requests.first, first.batch.count <= state.room else {
            return nil
        }
        let requests = take(state.room, from: &state)
        state.open.add(requests)
        state.isDeciding = true
        return requests
    }

    /// Ends `.decide` or `.rotate`; if the active memtable `isFull`, the writer closes it next.
    func finishDeciding(isFull: Bool = false) {
        let wakesCommitter = monitor.withLockNotifying { state -> (Bool, Bool) in
            state.isDeciding = false
            state.isRotationDue = isFull
            defer { state.isCommitterIdle = false }
            // The writer waits until everything is committed; `giveBack` wakes it then.
            if isFull, state.isWriterIdle { state.isDraining = true }
            return (state.isCommitterIdle, false)
        }
        if wakesCommitter { wakeCommitter() }
    }

    func waitForWork(milliseconds: Int) -> Bool { waitForWork(nanoseconds: 1_000_000 * milliseconds) }

    /// Waits until the committer may have work; returns `false` on timeout.
    @discardableResult
    func waitForWork(nanoseconds: Int) -> Bool {
        committerWakeUp.wait(nanoseconds: nanoseconds, for: WriteQueue.takeWakeUp) ?? false
    }

    /// Waits until the committer may have work.
    func waitForWork() { _ = committerWakeUp.wait(for: WriteQueue.takeWakeUp) }

    private static func takeWakeUp(_ isWoken: inout Bool) -> Bool? {
        defer { isWoken = false }
        return isWoken ? true : nil
    }

    /// Wakes the committer, even without work.
    func wakeCommitter() { committerWakeUp.withLock(notify: true) { $0 = true } }

    /// Takes back a committed and emptied group, which had `answered` requests.
    func giveBack(_ group: CommitGroup, answered: Int) {
        monitor.withLockNotifying { state in
            state.spare = group
            state.expectedRequests = min(answered + state.waitingRequests, WriteQueue.worthwhileRequests)
            return ((), state.isDraining && state.isDrained)
        }
    }

    /// Removes and returns the oldest requests, of at most `room` events; the first must fit.
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

    /// Asks the writer to close the active memtable when everything decided is committed.
    ///
    /// `done` gets the argument for `Flusher.waitUntilFlushed`. If the queue is closed, returns `false` and does not
    /// call it.
    func requestRotation(_ done: @escaping @Sendable (Int) -> Void) -> Bool {
        monitor.withLock(notify: true) { state in
            guard state.refusal == nil else { return false }
            state.rotations.append(done)
            return true
        }
    }

    /// Refuses all further requests for this reason; those already accepted are still processed.
    ///
    /// A failure replaces any other reason. Returns whether this is the first failure.
    @discardableResult
    func close(_ refusal: SessionStoreError) -> Bool {
        monitor.withLock(notify: true) { state in
            if state.refusal?.kind == .failed { return false }
            if state.refusal == nil || refusal.kind == .failed { state.refusal = refusal }
            return refusal.kind == .failed
        }
    }

    /// Refuses requests for this reason, or no longer if `nil`; accepted ones are still processed.
    func setShortage(_ shortage: SessionStoreError?) {
        monitor.withLock { $0.shortage = shortage }
    }

    /// Why requests are refused for good, if they are.
    var refusal: SessionStoreError? { monitor.withLock { $0.refusal } }

    /// The number of waiting events, without those of the group that is being committed.
    var waitingEvents: Int { monitor.withLock { $0.events + $0.open.events } }
}
