import Glibc

/// Sockets that listen, one for each loop and address, on one port.
struct ListeningSockets {
    /// For each loop its sockets, one for each address of the host.
    var ofLoops: [[Int32]]
    var port: Int

    /// Binds and listens; what was opened is closed again when one fails.
    init(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) {
        let bracketed = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let operation = "listen on \(bracketed):\(configuration.port)"
        guard (0...65_535).contains(configuration.port) else {
            throw HTTPServerError(operation: operation, reason: "no such port", hint: "ports are 0 to 65535")
        }
        let addresses = try Self.resolve(configuration.host, operation)
        let loops = max(configuration.loops, 1)
        ofLoops = Array(repeating: [], count: loops)
        port = configuration.port
        var failure: Int32 = EADDRNOTAVAIL
        for address in addresses {
            for loop in 0..<loops {
                let opened = Self.listen(
                    address.with(port: port),
                    shared: loop > 0,
                    backlog: configuration.backlog
                )
                switch opened {
                case .success(let socket):
                    ofLoops[loop].append(socket)
                    if port == 0 { port = Address.port(of: socket) }
                    continue
                case .failure(let error):
                    failure = error.code
                }
                break
            }
            // A machine without IPv6 still has the other address of localhost; a port in use is in use.
            if failure != EADDRNOTAVAIL, failure != EAFNOSUPPORT { break }
        }
        guard ofLoops.allSatisfy({ $0.count == ofLoops[0].count && !$0.isEmpty }),
            failure == EADDRNOTAVAIL || failure == EAFNOSUPPORT
        else {
            close()
            throw HTTPServerError(
                operation: operation,
                reason: unsafe String(cString: strerror(failure)).lowercased(),
                hint: Self.hint(failure, configuration.port)
            )
        }
    }

    /// Closes all sockets.
    func close() {
        for socket in ofLoops.joined() { Glibc.close(socket) }
    }

    private struct SystemError: Error {
        var code: Int32
    }

    /// Opens a socket; `shared` joins the port that an earlier one of this server has.
    ///
    /// With SO_REUSEPORT two processes of one user would share a port unnoticed. So the first socket binds and
    /// listens without it, which fails where anyone listens, and only then opens the port to the others.
    private static func listen(_ address: Address, shared: Bool, backlog: Int) -> Result<Int32, SystemError> {
        let descriptor = socket(
            address.family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { return .failure(SystemError(code: errno)) }
        var isReady = enable(descriptor, SOL_SOCKET, SO_REUSEADDR)
        if shared { isReady = isReady && enable(descriptor, SOL_SOCKET, SO_REUSEPORT) }
        // Accepted sockets inherit it: an answer is one write, so nothing is gained by waiting.
        isReady = isReady && enable(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        isReady =
            isReady && address.bind(descriptor)
            && Glibc.listen(descriptor, Int32(clamping: max(backlog, 1))) == 0
        if !shared { isReady = isReady && enable(descriptor, SOL_SOCKET, SO_REUSEPORT) }
        guard isReady else {
            let code = errno
            Glibc.close(descriptor)
            return .failure(SystemError(code: code))
        }
        return .success(descriptor)
    }

    private static func enable(_ descriptor: Int32, _ level: Int32, _ option: Int32) -> Bool {
        var on: Int32 = 1
        return unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    private static func hint(_ code: Int32, _ port: Int) -> String? {
        switch code {
        case EADDRINUSE: "another process listens there; choose another with --listen"
        case EACCES: "ports below 1024 need a permission; choose another with --listen"
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            "no interface of this machine has that address; choose one with --listen"
        default: nil
        }
    }

    private static func resolve(_ host: String, _ operation: String) throws(HTTPServerError) -> [Address] {
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

/// An address to listen at.
private struct Address: Equatable {
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

    /// The address with another port: the second pair of bytes in both families, in the network's order.
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

    /// The port that a socket was bound to.
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
