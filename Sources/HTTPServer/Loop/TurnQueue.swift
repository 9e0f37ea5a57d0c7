internal import CUV

/// Shares a loop among connections that have sent more than one request: each works for a turn, then waits here
/// until the loop has looked at its sockets again.
///
/// A connection's first request after an event is worked on at once, so one that sends small requests one at a time
/// never waits here. One whose turns are costly does: those that cost little go first, as new flows do in fq_codel
/// (RFC 8290, section 4.2). All further requests, of all connections together, have a millisecond before the next
/// poll and another one after it.
@safe final class TurnQueue {
    /// The most requests of a connection in one turn.
    static let requests = 16
    /// What bytes that come at once are measured from on: fewer cannot hold a loop up.
    static let measuredBytes = 4_096
    /// How long a turn may take whose connection does not wait for its next one.
    static let cheapNanoseconds: UInt64 = 250_000
    /// How long the loop works for waiting requests before it looks at its sockets.
    private static let nanoseconds: UInt64 = 1_000_000
    /// How many places may lie unused at the front of the queue before the rest moves up.
    private static let unusedPlaces = 64

    private var waiting: [ClientSocket] = []
    private var first = 0
    /// When the present millisecond ends; 0 before it has begun.
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

    /// Returns whether a connection that has done `requests` in a row may begin the next; reads the clock.
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

    /// Lets libuv forget the queue; the memory must stay until the loop has ended.
    func close() {
        unsafe uv_close(UnsafeMutableRawPointer(check).assumingMemoryBound(to: uv_handle_t.self), nil)
        unsafe uv_close(UnsafeMutableRawPointer(idle).assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    /// Runs after each poll: gives those that wait a turn each, oldest first, until the millisecond is over.
    private func takeTurns() {
        // What the poll worked on had its own millisecond.
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
