internal import CUV

/// A libuv loop; created, run and released on one thread.
///
/// All output of a turn is written at its end, in one write per channel.
@safe final class Loop {
    /// The resolution of all deadlines, finer than anyone would configure.
    static let tickMilliseconds: UInt64 = 20
    /// The most bytes of one read: the responses to hundreds of writes, or a page of rows.
    private static let readBytes = 131_072

    let uv: UnsafeMutablePointer<uv_loop_t>
    /// The handle that `Mailbox.open` takes.
    let wakeUp: UnsafeMutablePointer<uv_async_t>

    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let readMemory: UnsafeMutableRawPointer
    private weak var owner: (any LoopOwner)?
    private var unwritten: [Channel] = []
    private var isEnding = false
    private let isMade: Bool

    /// Creates a loop; throws if the system has no file descriptors for it.
    init() throws(TransportFault) {
        unsafe uv = .allocate(capacity: 1)
        unsafe wakeUp = .allocate(capacity: 1)
        unsafe timer = .allocate(capacity: 1)
        unsafe prepare = .allocate(capacity: 1)
        unsafe readMemory = .allocate(byteCount: Self.readBytes, alignment: 64)
        let made = unsafe uv_loop_init(uv)
        isMade = made == 0
        guard isMade else { throw Self.refused(made) }
        // Waking needs no callback: the turn that follows checks the mailbox.
        let waking = unsafe uv_async_init(uv, wakeUp, { _ in })
        guard waking == 0 else { throw Self.refused(waking) }
        unsafe uv_timer_init(uv, timer)
        unsafe uv_prepare_init(uv, prepare)
        unsafe timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe prepare.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        let status = isMade ? unsafe uv_loop_close(uv) : 0
        precondition(status == 0, "a loop was released before its handles")
        unsafe uv.deallocate()
        unsafe wakeUp.deallocate()
        unsafe timer.deallocate()
        unsafe prepare.deallocate()
        unsafe readMemory.deallocate()
    }

    private static func refused(_ status: Int32) -> TransportFault {
        var fault = TransportFault(.connection, uv: status)
        fault.hint = "the client's loop needs a few open files: raise ulimit -n"
        return fault
    }

    /// The loop's time in milliseconds, on a monotonic clock; read once per turn.
    var now: UInt64 { unsafe uv_now(uv) }

    /// Runs the loop for `owner` until `end` was called and all channels and lookups are done.
    func run(_ owner: any LoopOwner) {
        self.owner = owner
        unsafe uv_prepare_start(prepare) { handle in unsafe Loop.of(handle?.pointee.data)?.turn() }
        unsafe uv_timer_start(
            timer,
            { handle in unsafe Loop.of(handle?.pointee.data)?.owner?.tick() },
            Self.tickMilliseconds,
            Self.tickMilliseconds
        )
        unsafe uv_run(uv, UV_RUN_DEFAULT)
    }

    /// Lets `run` return once all channels are closed.
    func end() {
        guard !isEnding else { return }
        isEnding = true
        unsafe uv_close(UnsafeMutableRawPointer(wakeUp).assumingMemoryBound(to: uv_handle_t.self), nil)
        unsafe uv_close(UnsafeMutableRawPointer(timer).assumingMemoryBound(to: uv_handle_t.self), nil)
        unsafe uv_close(UnsafeMutableRawPointer(prepare).assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    /// The buffer of all reads, shared by all channels because each read is processed before the next.
    var readBuffer: uv_buf_t {
        unsafe uv_buf_init(readMemory.assumingMemoryBound(to: CChar.self), UInt32(Self.readBytes))
    }

    /// Schedules a write of the channel's output for the end of the turn.
    func write(_ channel: Channel) {
        unwritten.append(channel)
    }

    private func turn() {
        owner?.turn()
        // A failing write may close a channel, and its owner may then have more to send elsewhere.
        while !unwritten.isEmpty {
            let channels = unwritten
            unwritten = []
            for channel in channels { channel.flush() }
        }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> Loop? {
        unsafe data.map { unsafe Unmanaged<Loop>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// The object that does a loop's work; called on the loop's thread only.
protocol LoopOwner: AnyObject {
    /// Takes messages from other threads; called once per turn before the loop waits.
    ///
    /// All output of the turn is written afterwards.
    func turn()

    /// Called every `Loop.tickMilliseconds`, later if the loop is busy.
    func tick()
}
