/// A node of a cluster, as the cluster describes it.
public struct Node: Sendable, Hashable {
    /// The node's name for life, whatever its address.
    public var hostID: UUID
    /// Where it takes requests.
    public var endpoint: Endpoint
    /// The data centre's name.
    public var dataCenter: String
    /// The rack's name within the data centre.
    public var rack: String
    /// Cassandra's version, as in `5.0.9`.
    public var releaseVersion: String
    /// The places on the ring that it owns.
    public var tokens: [Token]

    /// Makes a description.
    public init(
        hostID: UUID,
        endpoint: Endpoint,
        dataCenter: String,
        rack: String,
        releaseVersion: String,
        tokens: [Token]
    ) {
        self.hostID = hostID
        self.endpoint = endpoint
        self.dataCenter = dataCenter
        self.rack = rack
        self.releaseVersion = releaseVersion
        self.tokens = tokens
    }
}
