import Glibc
internal import CUV

/// libuv refused to poll a listening socket.
struct AcceptorError: Error {
    var status: Int32
}

/// Accepts the connections of one listening socket on a loop.
///
/// It polls the socket itself because libuv's listener cannot pause: without free descriptors it would close clients
/// that could be served a moment later.
@safe final class Acceptor {
    /// The most connections accepted before the open ones are served.
    private static let batch = 64

    private let descriptor: Int32
    private unowned let loop: EventLoop
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private var isPaused = false
    /// A spare descriptor: closed to accept, refuse with 503 and close one client when no other is left; -1 meanwhile.
    private var spare: Int32 = -1

    init(_ descriptor: Int32, _ loop: EventLoop) throws(AcceptorError) {
        self.descriptor = descriptor
        self.loop = loop
        unsafe poll = .allocate(capacity: 1)
        let status = unsafe uv_poll_init(loop.uv, poll, descriptor)
        guard status == 0 else { throw AcceptorError(status: status) }
        unsafe poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        takeSpare()
        start()
    }

    deinit {
        unsafe poll.deallocate()
    }

    func resume() {
        if spare < 0 { takeSpare() }
        // Without the spare, the next client would wait without a response.
        guard isPaused, spare >= 0 else { return }
        isPaused = false
        start()
    }

    /// Stops listening; the acceptor lives until libuv has released it.
    func close() {
        unsafe uv_poll_stop(poll)
        unsafe uv_close(UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<Acceptor>.fromOpaque(data).release()
        }
        Glibc.close(descriptor)
        if spare >= 0 { Glibc.close(spare) }
    }

    private func takeSpare() {
        spare = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    private func start() {
        unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<Acceptor>.fromOpaque(data).takeUnretainedValue().accept()
        }
    }

    private func pause(_ code: Int32) {
        isPaused = true
        unsafe uv_poll_stop(poll)
        let reason = unsafe String(cString: strerror(code)).lowercased()
        loop.observe(.acceptPaused(reason: reason, hint: HTTPServerError.hint(code)))
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
                guard take(accepted, PeerAddress(storage)) else { return pause(EMFILE) }
                continue
            }
            switch errno {
            // The next connection is broken or a firewall forbids it; accept(2) says to retry.
            case EINTR, ECONNABORTED, EPERM, EPROTO, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN, ENETUNREACH, ENONET,
                EHOSTDOWN, EHOSTUNREACH:
                continue
            case EAGAIN: return
            case EMFILE, ENFILE:
                let code = errno
                guard spare >= 0 else { return pause(code) }
                Glibc.close(spare)
                spare = -1
            // No memory, for instance: the clients wait in the kernel until the next tick.
            default: return pause(errno)
            }
        }
    }

    /// Passes an accepted socket to the loop; returns whether a descriptor is left for the next one.
    private func take(_ accepted: Int32, _ address: PeerAddress) -> Bool {
        guard spare < 0 else {
            loop.accepted(accepted, address)
            return true
        }
        loop.accepted(accepted, address, refusal: .outOfDescriptors)
        takeSpare()
        return spare >= 0
    }
}
