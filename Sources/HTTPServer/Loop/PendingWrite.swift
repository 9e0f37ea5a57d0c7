import ByteBuffers
internal import CUV

/// Bytes that a socket did not accept immediately; lives until libuv has written them or given up.
@safe final class PendingWrite {
    private let request: UnsafeMutablePointer<uv_write_t>
    private var bytes = ByteBuffer()
    private let client: ClientSocket
    private let buffers: BufferShare
    private let charge: Int
    private let isAnswer: Bool

    /// Copies the bytes; `nil` if the buffer budget is exhausted.
    init?(_ rest: UnsafeRawBufferPointer, _ client: ClientSocket, _ buffers: BufferShare, isAnswer: Bool) {
        charge = rest.count > ConnectionLimits.uncountedBytes ? rest.count : 0
        guard charge == 0 || buffers.take(charge) else { return nil }
        unsafe request = .allocate(capacity: 1)
        unsafe bytes.append(rest)
        self.client = client
        self.buffers = buffers
        self.isAnswer = isAnswer
    }

    deinit {
        if charge > 0 { buffers.give(charge) }
        unsafe request.deallocate()
    }

    /// Passes the bytes to libuv; returns whether it accepted them.
    func start(_ stream: UnsafeMutablePointer<uv_stream_t>) -> Bool {
        let base = unsafe UnsafeMutableRawPointer(mutating: bytes.bytes.baseAddress)
        var buffer = unsafe uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
        let held = unsafe Unmanaged.passRetained(self)
        unsafe request.pointee.data = held.toOpaque()
        let status = unsafe uv_write(request, stream, &buffer, 1) { request, status in
            guard let data = unsafe request?.pointee.data else { return }
            let pending = unsafe Unmanaged<PendingWrite>.fromOpaque(data).takeRetainedValue()
            pending.client.wrote(status, isAnswer: pending.isAnswer)
        }
        if status != 0 { unsafe held.release() }
        return status == 0
    }
}
