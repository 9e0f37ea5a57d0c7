/// A host and a port to listen on.
public struct ListenAddress: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or a name.
    public var host: String
    /// 0 to 65535; 0 is any free port.
    public var port: Int

    /// Makes an address of parts that were checked.
    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
