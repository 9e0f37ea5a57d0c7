import ByteBuffers
internal import CUV
import Glibc

/// A byte stream to one node: TCP, with TLS if configured.
///
/// Used on its loop's thread only. libuv holds a reference until it has closed the handle.
@safe final class Channel {
    /// Output buffers larger than this, in bytes, are freed when they are empty.
    private static let keptBytes = 1_048_576

    let endpoint: Endpoint
    private(set) var isClosed = false
    private(set) var isOpen = false

    private unowned let loop: Loop
    private weak var owner: (any ChannelOwner)?
    private let tcp: UnsafeMutablePointer<uv_tcp_t>
    private let connectRequest: UnsafeMutablePointer<uv_connect_t>
    private let writeRequest: UnsafeMutablePointer<uv_write_t>
    private let encryption: TLSSession?
    /// Bytes from the owner that are not encrypted yet.
    private var plain = ByteBuffer()
    /// The bytes being sent, which must not move while `isWriting`.
    private var output = ByteBuffer()
    private var isWriting = false
    private var isMarked = false

    private var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Creates a channel, which does nothing before `connect`.
    init(to endpoint: Endpoint, on loop: Loop, encryption: TLSSession?, owner: any ChannelOwner) {
        self.endpoint = endpoint
        self.loop = loop
        self.owner = owner
        self.encryption = encryption
        unsafe tcp = .allocate(capacity: 1)
        unsafe connectRequest = .allocate(capacity: 1)
        unsafe writeRequest = .allocate(capacity: 1)
        unsafe uv_tcp_init(loop.uv, tcp)
        unsafe tcp.pointee.data = Unmanaged.passRetained(self).toOpaque()
        unsafe connectRequest.pointee.data = tcp.pointee.data
        unsafe writeRequest.pointee.data = tcp.pointee.data
    }

    deinit {
        unsafe tcp.deallocate()
        unsafe connectRequest.deallocate()
        unsafe writeRequest.deallocate()
    }

    /// Starts connecting; reports failure by `channelClosed`, possibly from within this call.
    func connect() {
        // Requests are gathered into one write per turn, so there is nothing to gain by waiting for more.
        unsafe uv_tcp_nodelay(tcp, 1)
        // Detects nodes that vanished silently on idle connections; on others, unanswered requests reveal them, too.
        unsafe uv_tcp_keepalive(tcp, 1, 60)
        let status = unsafe endpoint.withSocketAddress { address in
            unsafe uv_tcp_connect(connectRequest, tcp, address) { request, status in
                unsafe Channel.of(request?.pointee.data)?.connected(status)
            }
        }
        if status != 0 { fail(TransportFault(.connection, uv: status)) }
    }

    /// Schedules a call of `ChannelOwner.channel(_:fill:)` at the end of the turn, and sends its bytes.
    func write() {
        guard !isMarked, !isClosed else { return }
        isMarked = true
        loop.write(self)
    }

    /// Closes the channel without a call to the owner.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        isOpen = false
        owner = nil
        let handle = unsafe UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_handle_t.self)
        unsafe uv_close(handle) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            unsafe Unmanaged<Channel>.fromOpaque(data).release()
        }
    }

    /// Closes the channel and tells the owner why.
    func fail(_ fault: TransportFault) {
        guard !isClosed else { return }
        let owner = owner
        close()
        owner?.channelClosed(self, fault)
    }

    /// Sends the output, unless a write is in progress, which will trigger this when it completes.
    func flush() {
        isMarked = false
        // `output` must not move during a write.
        guard !isClosed, !isWriting else { return }
        if let encryption {
            if isOpen { owner?.channel(self, fill: &plain) }
            let fault = unsafe encryption.encrypt(plain.bytes)
            plain.removeAll()
            plain.trim(to: Self.keptBytes)
            encryption.takeOutput(into: &output)
            sendOutput()
            if let fault { fail(fault) }
        } else {
            if isOpen { owner?.channel(self, fill: &output) }
            sendOutput()
        }
    }

    private func connected(_ status: Int32) {
        guard !isClosed else { return }
        guard status == 0 else { return fail(TransportFault(.connection, uv: status)) }
        let started = unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                guard let channel = unsafe Channel.of(handle?.pointee.data) else { return }
                unsafe buffer?.pointee = channel.loop.readBuffer
            },
            { stream, count, buffer in
                guard let channel = unsafe Channel.of(stream?.pointee.data) else { return }
                let bytes = unsafe UnsafeRawBufferPointer(start: buffer?.pointee.base, count: max(0, count))
                unsafe channel.received(count, bytes)
            }
        )
        guard started == 0 else { return fail(TransportFault(.connection, uv: started)) }
        guard encryption == nil else { return unsafe encrypted(UnsafeRawBufferPointer(start: nil, count: 0)) }
        opened()
    }

    private func opened() {
        isOpen = true
        owner?.channelOpened(self)
        write()
    }

    private func received(_ count: Int, _ bytes: UnsafeRawBufferPointer) {
        guard !isClosed, count != 0 else { return }
        guard count > 0 else {
            if count == Int(UV_EOF.rawValue) {
                return fail(TransportFault(.closed, "the node closed the connection"))
            }
            return fail(TransportFault(.closed, uv: Int32(clamping: count)))
        }
        if encryption == nil {
            unsafe owner?.channel(self, received: bytes)
        } else {
            unsafe encrypted(bytes)
        }
    }

    /// Takes encrypted bytes, advances the handshake if necessary, and passes on the decrypted bytes.
    private func encrypted(_ bytes: UnsafeRawBufferPointer) {
        guard let encryption else { return }
        if let fault = unsafe encryption.receive(bytes) { return fail(fault) }
        if !encryption.isEstablished {
            let fault = encryption.handshake()
            // An alert tells the node why; what cannot be sent is lost with the channel.
            flush()
            if let fault { return fail(fault) }
            guard encryption.isEstablished, !isClosed else { return }
            opened()
        }
        while !isClosed {
            switch encryption.decrypt() {
            case .success(let count):
                // Reading may have produced output of TLS itself, such as the response to a key update.
                guard count > 0 else { return write() }
                unsafe encryption.withDecrypted(count) { unsafe owner?.channel(self, received: $0) }
            case .failure(let fault):
                return fail(fault)
            }
        }
    }

    private func sendOutput() {
        guard !isClosed, !isWriting, !output.isEmpty else { return }
        let bytes = unsafe output.bytes
        let base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        var buffer = unsafe uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
        let count = unsafe Int(uv_try_write(stream, &buffer, 1))
        if count == bytes.count { return written() }
        guard count >= 0 || count == Int(UV_EAGAIN.rawValue) else {
            return fail(TransportFault(.closed, uv: Int32(count)))
        }
        output.removeFirst(max(0, count))
        let rest = unsafe UnsafeMutableRawPointer(mutating: output.bytes.baseAddress)
        var remaining = unsafe uv_buf_init(rest?.assumingMemoryBound(to: CChar.self), UInt32(output.count))
        isWriting = true
        let status = unsafe uv_write(writeRequest, stream, &remaining, 1) { request, status in
            guard let channel = unsafe Channel.of(request?.pointee.data) else { return }
            channel.isWriting = false
            guard !channel.isClosed else { return }
            guard status == 0 else { return channel.fail(TransportFault(.closed, uv: status)) }
            channel.written()
            channel.write()
        }
        if status != 0 {
            isWriting = false
            fail(TransportFault(.closed, uv: status))
        }
    }

    private func written() {
        output.removeAll()
        output.trim(to: Self.keptBytes)
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> Channel? {
        unsafe data.map { unsafe Unmanaged<Channel>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// The user of a channel; called on the loop's thread only.
protocol ChannelOwner: AnyObject {
    /// TCP, and TLS if used, are established, so the channel can be written.
    func channelOpened(_ channel: Channel)

    /// Bytes were received; they are valid during the call.
    func channel(_ channel: Channel, received bytes: UnsafeRawBufferPointer)

    /// Appends all bytes to send; called at the end of a turn, after `Channel.write()`.
    func channel(_ channel: Channel, fill buffer: inout ByteBuffer)

    /// The channel closed by itself; called at most once, as the last call, and not after `close()`.
    func channelClosed(_ channel: Channel, _ fault: TransportFault)
}
