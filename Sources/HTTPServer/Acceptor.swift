import Glibc
internal import CUV

/// Accepts the connections of one listening socket on a loop.
///
/// It polls the socket itself, because libuv's listener cannot pause: without free descriptors it would close
/// clients that could be served a moment later.
@safe final class Acceptor {
    /// How many connections are accepted before those that are open get their turn.
    private static let batch = 64

    private let descriptor: Int32
    private unowned let loop: EventLoop
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private var isPaused = false

    init(_ descriptor: Int32, _ loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
        unsafe poll = .allocate(capacity: 1)
        guard unsafe uv_poll_init(loop.uv, poll, descriptor) == 0 else {
            fatalError("cannot watch a listening socket")
        }
        unsafe poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        start()
    }

    deinit {
        unsafe poll.deallocate()
    }

    /// Accepts again after a pause.
    func resume() {
        guard isPaused else { return }
        isPaused = false
        start()
    }

    /// Stops listening; the acceptor lives until libuv has let go of it.
    func close() {
        unsafe uv_poll_stop(poll)
        unsafe uv_close(UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<Acceptor>.fromOpaque(data).release()
        }
        Glibc.close(descriptor)
    }

    private func start() {
        unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<Acceptor>.fromOpaque(data).takeUnretainedValue().accept()
        }
    }

    private func accept() {
        for _ in 0..<Self.batch {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = unsafe withUnsafeMutablePointer(to: &storage) { storage in
                let address = unsafe UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
                return unsafe Glibc.accept(descriptor, address, &length)
            }
            if accepted >= 0 {
                // libuv makes it non-blocking.
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                loop.accepted(accepted, PeerAddress(storage))
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return
            default:
                // No descriptors or no memory: the clients wait in the kernel until the next tick.
                isPaused = true
                unsafe uv_poll_stop(poll)
                return
            }
        }
    }
}
