internal import CUV

/// A libuv loop; made, run and released on one thread.
///
/// All that channels have to send is written at the end of a turn, in one write for each channel.
@safe final class Loop {
    /// How coarse all deadlines are: finer than any that a person would configure.
    static let tickMilliseconds: UInt64 = 20
    /// How many bytes are read at once; answers to hundreds of writes, or the page of a read.
    private static let readBytes = 131_072

    let uv: UnsafeMutablePointer<uv_loop_t>
    /// What `Mailbox.open` takes.
    let wakeUp: UnsafeMutablePointer<uv_async_t>

    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let readMemory: UnsafeMutableRawPointer
    private weak var owner: (any LoopOwner)?
    private var unwritten: [Channel] = []
    private var isEnding = false
    private let isMade: Bool

    /// Makes a loop; throws where the system has no descriptors for it.
    init() throws(TransportFault) {
        unsafe uv = .allocate(capacity: 1)
        unsafe wakeUp = .allocate(capacity: 1)
        unsafe timer = .allocate(capacity: 1)
        unsafe prepare = .allocate(capacity: 1)
        unsafe readMemory = .allocate(byteCount: Self.readBytes, alignment: 64)
        let made = unsafe uv_loop_init(uv)
        isMade = made == 0
        guard isMade else { throw Self.refused(made) }
        // Waking needs no call: the turn that follows looks for mail.
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

    /// The loop's time in milliseconds, on a clock that only runs forward; read once a turn.
    var now: UInt64 { unsafe uv_now(uv) }

    /// Works for `owner` until `end` was called and all channels and look-ups are done.
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

    /// Where a read goes: one buffer for all channels, since each is worked on before the next read.
    var readBuffer: uv_buf_t {
        unsafe uv_buf_init(readMemory.assumingMemoryBound(to: CChar.self), UInt32(Self.readBytes))
    }

    /// Has the channel's output written at the end of the turn.
    func write(_ channel: Channel) {
        unwritten.append(channel)
    }

    private func turn() {
        owner?.turn()
        // Writing can fail and so close a channel, whose owner may have more to send elsewhere.
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

/// Who does the work of a loop; called on the loop's thread only.
protocol LoopOwner: AnyObject {
    /// Once in every turn, before the loop waits: takes what other threads have sent.
    ///
    /// After it all output of the turn is written.
    func turn()

    /// At least so often as `Loop.tickMilliseconds` says.
    func tick()
}
