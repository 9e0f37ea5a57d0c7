/// A node, as the cluster describes it.
public struct Node: Sendable, Hashable {
    /// The node's permanent id, whatever its address.
    public var hostID: UUID
    /// The endpoint for client requests.
    public var endpoint: Endpoint
    /// The name of the data centre.
    public var dataCenter: String
    /// The name of the rack within the data centre.
    public var rack: String
    /// Cassandra's version, such as `5.0.9`.
    public var releaseVersion: String
    /// The tokens that the node owns.
    public var tokens: [Token]

    /// Creates a description.
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
