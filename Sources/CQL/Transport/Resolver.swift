import Glibc
internal import CUV

/// Resolves host names to addresses, on libuv's thread pool.
@safe final class Resolver {
    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    private let port: UInt16
    private let completion: (Result<[Endpoint], TransportFault>) -> Void

    /// Looks up `host`, a name or an address, and calls `completion` on the loop's thread, possibly from within this
    /// call.
    static func resolve(
        _ host: String,
        port: UInt16,
        on loop: Loop,
        _ completion: @escaping (Result<[Endpoint], TransportFault>) -> Void
    ) {
        if let address = InternetAddress(host) {
            completion(.success([Endpoint(address: address, port: port)]))
        } else {
            Resolver(port, completion).start(host, loop)
        }
    }

    private init(_ port: UInt16, _ completion: @escaping (Result<[Endpoint], TransportFault>) -> Void) {
        self.port = port
        self.completion = completion
        unsafe request = .allocate(capacity: 1)
    }

    deinit {
        unsafe request.deallocate()
    }

    private func start(_ host: String, _ loop: Loop) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let held = unsafe Unmanaged.passRetained(self)
        unsafe request.pointee.data = held.toOpaque()
        let status = unsafe uv_getaddrinfo(
            loop.uv,
            request,
            { request, status, list in
                defer { unsafe uv_freeaddrinfo(list) }
                guard let data = unsafe request?.pointee.data else { return }
                let resolver = unsafe Unmanaged<Resolver>.fromOpaque(data).takeRetainedValue()
                unsafe resolver.finish(status, list)
            },
            host,
            nil,
            &hints
        )
        guard status != 0 else { return }
        unsafe held.release()
        completion(.failure(TransportFault(.resolution, uv: status)))
    }

    private func finish(_ status: Int32, _ list: UnsafeMutablePointer<addrinfo>?) {
        guard status == 0 else {
            completion(.failure(TransportFault(.resolution, uv: status)))
            return
        }
        var endpoints: [Endpoint] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ai_next
            guard let address = unsafe InternetAddress(entry.pointee.ai_addr) else { continue }
            let endpoint = Endpoint(address: address, port: port)
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        completion(
            endpoints.isEmpty
                ? .failure(TransportFault(.resolution, "the name has no address")) : .success(endpoints)
        )
    }
}

extension InternetAddress {
    /// Converts a socket address; nil for other address families.
    fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>?) {
        guard let address = unsafe address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            let socket = unsafe raw.loadUnaligned(as: sockaddr_in.self)
            unsafe self.init(octets: withUnsafeBytes(of: socket.sin_addr) { unsafe Array($0) })
        case AF_INET6:
            let socket = unsafe raw.loadUnaligned(as: sockaddr_in6.self)
            unsafe self.init(octets: withUnsafeBytes(of: socket.sin6_addr) { unsafe Array($0) })
        default:
            return nil
        }
    }
}

extension Endpoint {
    /// Calls `body` with the endpoint as a socket address.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        var storage = sockaddr_storage()
        let isShort = address.octets.count == 4
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.storeBytes(of: sa_family_t(isShort ? AF_INET : AF_INET6), as: sa_family_t.self)
            // Port and address are at these offsets in `sockaddr_in` and `sockaddr_in6`.
            unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            let offset = isShort ? 4 : 8
            for (index, octet) in address.octets.enumerated() { unsafe bytes[offset + index] = octet }
        }
        return unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
