import Glibc

/// The address of a client without its port; IPv4 is mapped into IPv6.
///
/// Addresses are equal if they share limits: the same IPv4 address, or the same /64 network of IPv6. A provider's
/// customer has at least a /64, so limiting single IPv6 addresses would be no limit at all.
struct PeerAddress: Hashable, Sendable {
    private var high: UInt64
    private var low: UInt64

    /// The network that one client can own: an IPv4 address, or the first 64 bits of an IPv6 address.
    var network: UInt64 { high == 0 ? low : high }

    /// Takes the address of an accepted socket; all unknown families are one address.
    init(_ storage: sockaddr_storage) {
        high = 0
        low = 0
        unsafe withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                low =
                    0x0000_FFFF_0000_0000
                    | UInt64(unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian)
            case AF_INET6:
                high = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
                low = unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self).bigEndian
            default: break
            }
        }
    }

    static func == (left: PeerAddress, right: PeerAddress) -> Bool { left.network == right.network }

    func hash(into hasher: inout Hasher) { hasher.combine(network) }
}

extension PeerAddress: CustomStringConvertible {
    /// The usual notation: `192.0.2.1`, `2001:db8::1`.
    var description: String {
        var bytes = in6_addr()
        unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
            unsafe bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        let isIPv4 = high == 0 && low >> 32 == 0xFFFF
        return unsafe withUnsafeBytes(of: &bytes) { bytes in
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            let source = unsafe bytes.baseAddress.map { unsafe $0 + (isIPv4 ? 12 : 0) }
            unsafe inet_ntop(isIPv4 ? AF_INET : AF_INET6, source, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
