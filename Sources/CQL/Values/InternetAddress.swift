import Glibc

/// An IPv4 or IPv6 address without a port; CQL's `inet`.
public struct InternetAddress: Sendable, Hashable {
    /// Four or sixteen bytes, in network order.
    public let octets: [UInt8]

    /// Creates an address from its bytes; nil unless there are four or sixteen.
    public init?(octets: [UInt8]) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        self.octets = octets
    }

    /// Parses an address such as `127.0.0.1` or `::1`; nil if the text is not one.
    public init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var octets = [UInt8](repeating: 0, count: count)
            let result = unsafe octets.withUnsafeMutableBytes {
                unsafe inet_pton(family, text, $0.baseAddress)
            }
            guard result == 1 else { continue }
            self.octets = octets
            return
        }
        return nil
    }
}

extension InternetAddress: CustomStringConvertible {
    /// The text, such as `127.0.0.1` or `::1`.
    public var description: String {
        if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
        return unsafe octets.withUnsafeBytes { source in
            let capacity = Int(INET6_ADDRSTRLEN)
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
                let family = AF_INET6
                guard let start = text.baseAddress,
                    let written = unsafe inet_ntop(family, source.baseAddress, start, socklen_t(capacity))
                else { return octets.map { String($0, radix: 16) }.joined(separator: ":") }
                return unsafe String(cString: written)
            }
        }
    }
}

/// An address and a port.
public struct Endpoint: Sendable, Hashable {
    /// The address.
    public var address: InternetAddress
    /// The port.
    public var port: UInt16

    /// Creates an endpoint.
    public init(address: InternetAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension Endpoint: CustomStringConvertible {
    /// The text, such as `127.0.0.1:9042` or `[::1]:9042`.
    public var description: String {
        address.octets.count == 4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
