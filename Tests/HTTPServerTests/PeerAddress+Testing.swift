import Glibc
import Testing

@testable import HTTPServer

extension PeerAddress {
    /// The address that a text writes.
    static func testing(_ text: String) -> PeerAddress {
        var storage = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            let isShort = !text.contains(":")
            unsafe bytes.storeBytes(of: sa_family_t(isShort ? AF_INET : AF_INET6), as: sa_family_t.self)
            let place = unsafe bytes.baseAddress.map { unsafe $0 + (isShort ? 4 : 8) }
            #expect(unsafe inet_pton(isShort ? AF_INET : AF_INET6, text, place) == 1)
        }
        return PeerAddress(storage)
    }

    /// One of many addresses.
    static func testing(_ number: UInt8) -> PeerAddress { testing("192.0.2.\(number)") }
}
