/// Which web pages may use the service, and by which names of its host.
public struct WebAccess: Sendable {
    /// Origins as browsers write them: `https://dashboard.example.com`.
    public var origins: Set<String>
    /// Whether the pages of all origins may.
    public var allowsAnyOrigin: Bool
    /// Names and addresses of the host, in lower case, without ports and brackets.
    public var hosts: Set<String>
    /// Whether the service may be called by any name.
    public var allowsAnyHost: Bool
    /// The name or address that the service was told to listen at, which is one of its names.
    public var listenHost: String

    /// Makes rules; the defaults let no page of another origin in, and know no name of the host.
    public init(
        origins: Set<String> = [],
        allowsAnyOrigin: Bool = false,
        hosts: Set<String> = [],
        allowsAnyHost: Bool = false,
        listenHost: String = ""
    ) {
        self.origins = origins
        self.allowsAnyOrigin = allowsAnyOrigin
        self.hosts = hosts
        self.allowsAnyHost = allowsAnyHost
        self.listenHost = listenHost.lowercased()
    }
}
