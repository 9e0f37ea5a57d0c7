internal import Text

/// The origins of web pages that may use the service.
public struct AllowedOrigins: Sendable, Hashable {
    /// Origins as browsers write them: `https://dashboard.example.com`, without the default port of the scheme.
    public var origins: Set<String> = []
    /// Whether pages of all origins may use the service.
    public var allowsAny = false

    private static let defaultPorts = ["http": 80, "https": 443]
}

extension AllowedOrigins: ConfigurationForm {
    static let form = "* or origins such as https://dashboard.example.com, separated by commas"

    init(configurationText text: String) throws(InvalidValue) {
        for item in try ListForm.items(text, AllowedOrigins.form) {
            if item == "*" { allowsAny = true } else { origins.insert(try AllowedOrigins.origin(item)) }
        }
    }

    var configurationText: String { allowsAny ? "*" : origins.sorted().joined(separator: ", ") }

    private static func origin(_ item: Substring) throws(InvalidValue) -> String {
        let text = item.lowercased()
        if text == "null" {
            throw InvalidValue(
                "must not have null, which the pages of any origin can send; * allows them all"
            )
        }
        let scheme = text.prefix { $0 != ":" }
        let rest = text.dropFirst(scheme.count)
        let isScheme =
            scheme.first?.isASCII == true && scheme.first?.isLetter == true
            && scheme.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
        guard isScheme, rest.hasPrefix("://") else {
            throw InvalidValue("must be \(form); \(item) has no scheme such as https://")
        }
        let place = rest.dropFirst("://".count)
        guard !place.contains("/") else {
            throw InvalidValue("must be \(form); \(item) has a path, which no origin has")
        }
        let (host, port) = try ListForm.host(place, item, ports: 1...65_535, form)
        guard let port, port != defaultPorts[String(scheme)] else {
            return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host)"
        }
        return "\(scheme)://\(HostAndPort.text(host: host, port: port))"
    }
}

/// The host names by which requests may address the service.
public struct AllowedHosts: Sendable, Hashable {
    /// Names and addresses in lower case, without ports and brackets.
    public var hosts: Set<String> = []
    /// Whether any name is accepted.
    public var allowsAny = false
}

extension AllowedHosts: ConfigurationForm {
    static let form = "* or hosts without ports, such as sessions.example.com, separated by commas"

    init(configurationText text: String) throws(InvalidValue) {
        for item in try ListForm.items(text, AllowedHosts.form) {
            if item == "*" { allowsAny = true } else { hosts.insert(try AllowedHosts.host(item)) }
        }
    }

    var configurationText: String {
        allowsAny ? "*" : hosts.sorted().map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ", ")
    }

    private static func host(_ item: Substring) throws(InvalidValue) -> String {
        guard !item.contains("/") else {
            throw InvalidValue("must be \(form); of \(item) write the host alone")
        }
        let (host, port) = try ListForm.host(item.lowercased()[...], item, ports: 0...65_535, form)
        guard port == nil else { throw InvalidValue("must be \(form); \(item) has a port") }
        // A trailing dot only says that a name is complete.
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }
}

/// Parses lists of items separated by commas.
private enum ListForm {
    /// Returns the host of an item as browsers write it, and its port.
    static func host(
        _ text: Substring,
        _ item: Substring,
        ports: ClosedRange<Int>,
        _ form: String
    ) throws(InvalidValue) -> (String, Int?) {
        let (host, port) = try HostAndPort.parse(
            text,
            ports: ports,
            withoutHost: "must be \(form); \(item) has no host"
        )
        guard let canonical = HostAndPort.canonical(host) else {
            throw InvalidValue("must be \(form); \(item) has a zone, which browsers do not send")
        }
        return (canonical, port)
    }

    /// Returns the items between commas; none of an empty text, and `*` only if it stands alone.
    static func items(_ text: String, _ form: String) throws(InvalidValue) -> [Substring] {
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            var item = item.drop { $0 == " " }
            while item.last == " " { item.removeLast() }
            return item
        }
        if items == [""] { return [] }
        guard !items.contains("") else { throw InvalidValue("must be \(form); one of them is empty") }
        guard items.count == 1 || !items.contains("*") else {
            throw InvalidValue("must be \(form); * stands alone")
        }
        return items
    }
}
