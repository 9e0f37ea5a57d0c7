internal import CUV

/// Schedules the connections of a loop that have sent more than one request.
///
/// Each works for a turn, then waits here until the loop has polled its sockets again. A connection's first request
/// after an event is processed immediately, so one that sends small requests one at a time never waits here.
/// Connections with expensive turns do wait: cheap ones go first, as new flows do in fq_codel (RFC 8290, section 4.2).
/// All further requests, of all connections together, have a millisecond before the next poll and another one after it.
@safe final class TurnQueue {
    /// The most requests of a connection in one turn.
    static let requests = 16
    /// A turn with more bytes of input than this is timed; fewer cannot hold up a loop.
    static let measuredBytes = 4_096
    /// A connection whose turns are shorter does not wait for its next one.
    static let cheapNanoseconds: UInt64 = 250_000
    /// How long the loop processes waiting requests before it polls its sockets.
    private static let nanoseconds: UInt64 = 1_000_000
    /// The most unused places at the front of the queue before the rest moves up.
    private static let unusedPlaces = 64

    private var waiting: [ClientSocket] = []
    private var first = 0
    /// When the current millisecond ends, in nanoseconds of `uv_hrtime`; 0 before it has begun.
    private var end: UInt64 = 0
    private let check: UnsafeMutablePointer<uv_check_t>
    /// Active while connections wait, so that the poll does not block.
    private let idle: UnsafeMutablePointer<uv_idle_t>

    init(_ uv: UnsafeMutablePointer<uv_loop_t>) {
        unsafe check = .allocate(capacity: 1)
        unsafe idle = .allocate(capacity: 1)
        unsafe uv_check_init(uv, check)
        unsafe uv_idle_init(uv, idle)
        unsafe check.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe uv_check_start(check) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<TurnQueue>.fromOpaque(data).takeUnretainedValue().takeTurns()
        }
    }

    deinit {
        unsafe check.deallocate()
        unsafe idle.deallocate()
    }

    /// Returns whether a connection that has processed `requests` in a row may begin the next; reads the clock.
    func mayGoOn(after requests: Int) -> Bool {
        guard requests < Self.requests else { return false }
        let now = uv_hrtime()
        if end == 0 { end = now + Self.nanoseconds }
        return now < end
    }

    /// Appends a connection, which must not be in the queue.
    func append(_ client: ClientSocket) {
        if waiting.isEmpty { unsafe uv_idle_start(idle) { _ in } }
        waiting.append(client)
    }

    /// Closes the handles; the memory must stay until the loop has ended.
    func close() {
        unsafe uv_close(UnsafeMutableRawPointer(check).assumingMemoryBound(to: uv_handle_t.self), nil)
        unsafe uv_close(UnsafeMutableRawPointer(idle).assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    /// Runs after each poll: gives the waiting connections one turn each, oldest first, until the millisecond is over.
    private func takeTurns() {
        // What the poll processed had its own millisecond.
        end = 0
        guard !waiting.isEmpty else { return }
        let last = waiting.count
        repeat {
            let client = waiting[first]
            first += 1
            client.takeTurn()
        } while first < last && mayGoOn(after: 0)
        end = 0
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
            unsafe uv_idle_stop(idle)
        } else if first > Self.unusedPlaces, first * 2 > waiting.count {
            waiting.removeFirst(first)
            first = 0
        }
    }
}
