import Glibc
import Synchronization

/// A host and a port that are bound but not listened on yet, so connections are refused.
///
/// A program reserves its address before it does anything slow or with side effects, and so learns at once if it cannot
/// serve. If it is released without a server, the sockets are closed.
public final class ReservedAddress: Sendable {
    /// The port, also if any free one was asked for.
    public let port: Int
    /// Whether only this machine can reach it: all addresses of the host are loopback ones.
    let isLoopback: Bool

    private let operation: String
    private let askedPort: Int
    /// The bound sockets, one for each address of the host; empty after a server took them.
    private let sockets: Mutex<[(address: Address, descriptor: Int32)]>

    /// Binds the host and the port of a configuration.
    public init(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) {
        let bracketed = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        operation = "listen on \(bracketed):\(configuration.port)"
        askedPort = configuration.port
        guard (0...65_535).contains(configuration.port) else {
            throw HTTPServerError(operation: operation, reason: "no such port", hint: "ports are 0 to 65535")
        }
        var bound: [(address: Address, descriptor: Int32)] = []
        var port = configuration.port
        var failure: Int32 = EADDRNOTAVAIL
        for address in try ListeningSockets.resolve(configuration.host, operation) {
            let address = address.with(port: port)
            switch ListeningSockets.bind(address, shared: false) {
            case .success(let descriptor):
                bound.append((address, descriptor))
                if port == 0 { port = Address.port(of: descriptor) }
            case .failure(let error): failure = error.code
            }
            // Without IPv6, localhost still has its other address; any other failure, such as a port in use, is final.
            if failure != EADDRNOTAVAIL, failure != EAFNOSUPPORT { break }
        }
        guard !bound.isEmpty, failure == EADDRNOTAVAIL || failure == EAFNOSUPPORT else {
            for socket in bound { Glibc.close(socket.descriptor) }
            throw ListeningSockets.error(failure, operation, port: configuration.port)
        }
        self.port = port
        isLoopback = bound.allSatisfy { $0.address.isLoopback }
        sockets = Mutex(bound)
    }

    deinit {
        for socket in sockets.withLock({ $0 }) { Glibc.close(socket.descriptor) }
    }

    /// Listens with one socket per loop and address; returns the sockets of each loop.
    ///
    /// - Throws: An error if another process listens there already, although the address was bound; all sockets are
    ///   closed then.
    func listen(loops: Int, backlog: Int) throws(HTTPServerError) -> [[Int32]] {
        let bound = sockets.withLock { sockets in
            defer { sockets = [] }
            return sockets
        }
        var ofLoops: [[Int32]] = Array(repeating: [], count: max(loops, 1))
        ofLoops[0] = bound.map(\.descriptor)
        var failure: Int32?
        for (address, descriptor) in bound where failure == nil {
            // With SO_REUSEPORT two processes of one user would share a port unnoticed. So the first socket binds and
            // listens without it, which fails if anyone else listens, and only then opens the port to the others.
            guard ListeningSockets.listen(descriptor, backlog),
                ListeningSockets.enable(descriptor, SOL_SOCKET, SO_REUSEPORT)
            else {
                failure = errno
                break
            }
            for loop in ofLoops.indices.dropFirst() {
                switch ListeningSockets.bind(address.with(port: port), shared: true) {
                case .success(let descriptor):
                    ofLoops[loop].append(descriptor)
                    if !ListeningSockets.listen(descriptor, backlog) { failure = errno }
                case .failure(let error): failure = error.code
                }
                if failure != nil { break }
            }
        }
        guard let failure else { return ofLoops }
        for descriptor in ofLoops.joined() { Glibc.close(descriptor) }
        throw ListeningSockets.error(failure, operation, port: askedPort)
    }
}

/// Operations on sockets before a server has them.
private enum ListeningSockets {
    struct SystemError: Error {
        var code: Int32
    }

    /// Opens a socket and binds it; with `shared`, to the port that an earlier socket of this server has.
    static func bind(_ address: Address, shared: Bool) -> Result<Int32, SystemError> {
        let descriptor = socket(
            address.family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { return .failure(SystemError(code: errno)) }
        var isReady = enable(descriptor, SOL_SOCKET, SO_REUSEADDR)
        if shared { isReady = isReady && enable(descriptor, SOL_SOCKET, SO_REUSEPORT) }
        // Accepted sockets inherit it: a response is one write, so delaying gains nothing.
        isReady = isReady && enable(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        guard isReady, address.bind(descriptor) else {
            let code = errno
            Glibc.close(descriptor)
            return .failure(SystemError(code: code))
        }
        return .success(descriptor)
    }

    static func listen(_ descriptor: Int32, _ backlog: Int) -> Bool {
        Glibc.listen(descriptor, Int32(clamping: max(backlog, 1))) == 0
    }

    static func error(_ code: Int32, _ operation: String, port: Int) -> HTTPServerError {
        HTTPServerError(
            operation: operation,
            reason: unsafe String(cString: strerror(code)).lowercased(),
            hint: hint(code, port)
        )
    }

    static func enable(_ descriptor: Int32, _ level: Int32, _ option: Int32) -> Bool {
        var on: Int32 = 1
        return unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    private static func hint(_ code: Int32, _ port: Int) -> String? {
        switch code {
        case EADDRINUSE: "another process listens there; choose another with --listen"
        case EACCES: "ports below 1024 need a permission; choose another with --listen"
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            "no interface of this machine has that address; choose one with --listen"
        default: HTTPServerError.hint(code)
        }
    }

    static func resolve(_ host: String, _ operation: String) throws(HTTPServerError) -> [Address] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw HTTPServerError(
                operation: operation,
                reason: unsafe String(cString: gai_strerror(status)).lowercased(),
                hint: "the host must be an address of this machine or a name that has one"
            )
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [Address] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe Address(entry.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}

private struct Address: Equatable, Sendable {
    private var bytes: [UInt8]
    var family: Int32

    init?(_ info: addrinfo) {
        guard unsafe info.ai_family == AF_INET || info.ai_family == AF_INET6,
            let address = unsafe info.ai_addr
        else {
            return nil
        }
        family = unsafe info.ai_family
        bytes = unsafe Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe family == AF_INET
                ? Loopback.isIPv4(UnsafeRawBufferPointer(rebasing: bytes[4..<8]))
                : Loopback.isIPv6(UnsafeRawBufferPointer(rebasing: bytes[8..<24]))
        }
    }

    /// Returns the address with another port, which is bytes 2 and 3 in both families, in network order.
    func with(port: Int) -> Address {
        var changed = self
        changed.bytes[2] = UInt8(port >> 8)
        changed.bytes[3] = UInt8(port & 0xFF)
        return changed
    }

    func bind(_ descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
                return false
            }
            return unsafe Glibc.bind(descriptor, address, socklen_t(bytes.count)) == 0
        }
    }

    /// Returns the port that a socket was bound to.
    static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                unsafe getsockname(descriptor, address, &length) == 0
            else { return 0 }
            return unsafe Int(bytes[2]) << 8 | Int(bytes[3])
        }
    }
}
