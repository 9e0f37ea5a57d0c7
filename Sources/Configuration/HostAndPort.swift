internal import Text
import Glibc

/// Parses and formats `HOST:PORT` and `[IPV6]:PORT`.
enum HostAndPort {
    /// Parses a host with an optional port.
    ///
    /// Checks the characters of names and the syntax of addresses; nothing is looked up.
    static func parse(
        _ text: Substring,
        ports: ClosedRange<Int>,
        withoutHost: String = "has no host; all addresses of this machine are 0.0.0.0 or [::]"
    ) throws(InvalidValue) -> (host: String, port: Int?) {
        let host: Substring
        var rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw InvalidValue("has a [ without its ]") }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard isIPv6(host) else { throw InvalidValue("has no IPv6 address between [ and ]") }
            guard rest.isEmpty || rest.first == ":" else {
                throw InvalidValue("needs a : between ] and the port")
            }
        } else {
            let colons = text.count { $0 == ":" }
            guard colons < 2 else {
                throw InvalidValue("has several colons; an IPv6 address stands in brackets, as in [::1]:5000")
            }
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
            guard !host.isEmpty else { throw InvalidValue(withoutHost) }
            try checkName(host)
        }
        guard !rest.isEmpty else { return (String(host), nil) }
        rest.removeFirst()
        let isDecimal =
            !rest.isEmpty && rest.utf8.count <= 5 && rest.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isDecimal, let port = Int(rest), ports.contains(port) else {
            throw InvalidValue("must have a port from \(ports.lowerBound) to \(ports.upperBound)")
        }
        return (String(host), port)
    }

    static func text(host: String, port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Returns a host as browsers write it, an IPv6 address in its shortest form; `nil` for an address with a zone,
    /// which they do not send.
    static func canonical(_ host: String) -> String? {
        guard host.contains(":") else { return host }
        guard !host.contains("%") else { return nil }
        var address = in6_addr()
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_pton(AF_INET6, host, &address) == 1,
            unsafe inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil
        else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func checkName(_ host: Substring) throws(InvalidValue) {
        let isName =
            host.utf8.count <= 253
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard isName else {
            throw InvalidValue("has a host that is neither an address nor a name of letters, digits, - and .")
        }
        if host.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) {
            var address = in_addr()
            guard unsafe inet_pton(AF_INET, String(host), &address) == 1 else {
                throw InvalidValue("has a host that is not an IPv4 address")
            }
        }
    }

    private static func isIPv6(_ host: Substring) -> Bool {
        // A zone (`fe80::1%eth0`) names an interface and is not part of the address.
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count == 1 || isZone(parts[1]) else { return false }
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, String(first), &address) == 1
    }

    private static func isZone(_ zone: Substring) -> Bool {
        (1...15).contains(zone.utf8.count)
            && zone.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
    }
}
