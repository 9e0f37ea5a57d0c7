/// A node to ask first; the others are learnt from it.
public struct ContactPoint: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or a name; a name may stand for several nodes.
    public var host: String
    /// The port for clients.
    public var port: UInt16

    /// Cassandra's own choice of a port for clients.
    public static let defaultPort: UInt16 = 9042

    /// Makes a contact point.
    public init(host: String, port: UInt16 = defaultPort) {
        self.host = host
        self.port = port
    }
}

extension ContactPoint: CustomStringConvertible {
    /// As in `cassandra.example:9042` or `[::1]:9042`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
