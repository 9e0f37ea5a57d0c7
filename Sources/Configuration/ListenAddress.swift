internal import Text

/// A host and a port to listen on.
public struct ListenAddress: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or a name.
    public var host: String
    /// The port, 0 to 65535; 0 is any free port.
    public var port: Int

    /// Creates an address from parts that were checked.
    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

extension ListenAddress: ConfigurationForm {
    static let form = "HOST:PORT, or [IPV6]:PORT, with a port from 0 to 65535"

    init(configurationText text: String) throws(InvalidValue) {
        let example =
            "HOST:PORT, as in 127.0.0.1:5000 for this machine alone or 0.0.0.0:5000 for all its addresses"
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw InvalidValue("is a port without a host; write \(example)")
        }
        guard !text.contains("/") else { throw InvalidValue("is a URL or a path; write \(example)") }
        let (host, port) = try HostAndPort.parse(text[...], ports: 0...65_535)
        guard let port else { throw InvalidValue("must be \(ListenAddress.form); the port is missing") }
        self.init(host: host, port: port)
    }

    var configurationText: String { HostAndPort.text(host: host, port: port) }
}
