import Glibc

extension HTTPRequestHead {
    /// Whether the requested host is a loopback one, or none is given.
    ///
    /// Loopback hosts are `localhost` and the names below it (RFC 6761), 127.0.0.0/8 and ::1, with any port. Costs no
    /// allocation for names and IPv4 addresses.
    public var isForLoopbackHost: Bool {
        guard let range = authorityRange ?? hostRange, !range.isEmpty else { return true }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe LoopbackName.isOne(UnsafeBufferPointer(rebasing: bytes[range]))
        }
    }
}

/// The names and addresses that every machine has for itself.
private enum LoopbackName {
    /// Returns whether a host, with or without a port, is one of them.
    static func isOne(_ authority: UnsafeBufferPointer<UInt8>) -> Bool {
        if unsafe authority.first == UInt8(ascii: "[") { return unsafe isIPv6(authority) }
        var count = unsafe authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.count
        // Without the final dot of a complete name: `localhost.` is `localhost`.
        if count > 0, unsafe authority[count - 1] == UInt8(ascii: ".") { count -= 1 }
        let host = unsafe UnsafeBufferPointer(rebasing: authority[..<count])
        guard let first = unsafe host.first else { return true }
        return unsafe first.isDigit ? isIPv4(host) : isLocalhost(host)
    }

    private static func isLocalhost(_ host: UnsafeBufferPointer<UInt8>) -> Bool {
        let name = StaticString("localhost")
        let length = name.utf8CodeUnitCount
        guard host.count >= length else { return false }
        let start = host.count - length
        for index in 0..<length where unsafe host[start + index].lowercased != name.utf8Start[index] {
            return false
        }
        if start < 2 { return start == 0 }
        return unsafe host[start - 1] == UInt8(ascii: ".")
    }

    /// Returns whether the bytes are four numbers up to 255 without leading zeros, of which the first is 127.
    private static func isIPv4(_ host: UnsafeBufferPointer<UInt8>) -> Bool {
        var numbers = 0
        var number = 0
        var digits = 0
        for index in 0...host.count {
            let byte = unsafe index < host.count ? host[index] : UInt8(ascii: ".")
            if byte.isDigit {
                if digits > 0, number == 0 { return false }
                digits += 1
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
                if number > 255 { return false }
                continue
            }
            guard byte == UInt8(ascii: "."), digits > 0, numbers > 0 || number == 127 else { return false }
            numbers += 1
            number = 0
            digits = 0
        }
        return numbers == 4
    }

    /// Returns whether `[ADDRESS]` is ::1, or a loopback IPv4 address mapped into IPv6.
    private static func isIPv6(_ authority: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let end = unsafe authority.firstIndex(of: UInt8(ascii: "]")) else { return false }
        var address = in6_addr()
        let text = unsafe String(decoding: authority[1..<end], as: UTF8.self)
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return false }
        return unsafe withUnsafeBytes(of: address) { unsafe Loopback.isIPv6($0) }
    }
}

/// The addresses that every machine has for itself.
enum Loopback {
    /// Returns whether the four bytes of an IPv4 address are in 127.0.0.0/8.
    static func isIPv4(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe bytes.first == 127
    }

    /// Returns whether the sixteen bytes of an IPv6 address are ::1, or a loopback IPv4 address mapped into IPv6.
    static func isIPv6(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard unsafe bytes[..<10].allSatisfy({ $0 == 0 }) else { return false }
        if unsafe bytes[10] == 0xFF, unsafe bytes[11] == 0xFF { return unsafe bytes[12] == 127 }
        guard unsafe bytes[10..<15].allSatisfy({ $0 == 0 }) else { return false }
        return unsafe bytes[15] == 1
    }
}
