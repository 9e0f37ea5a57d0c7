/// Where a store's cluster is, and how the store uses it.
public struct ClusterAddress: Sendable, Hashable {
    /// A node to contact first.
    public struct Node: Sendable, Hashable {
        /// An IP address or a name.
        public var host: String
        /// The port for clients.
        public var port: UInt16

        /// Creates a node.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    /// Credentials.
    public struct Login: Sendable, Hashable {
        /// The user name.
        public var user: String
        /// The password.
        public var password: String

        /// Creates a login.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// How many replicas must respond to a read or a write.
    public enum Consistency: Sendable, Hashable {
        /// Most replicas of the local data centre; all processes that write and read must be in it.
        case localQuorum
        /// Most replicas of all data centres.
        case quorum
    }

    /// How connections are encrypted.
    public struct Encryption: Sendable, Hashable {
        /// A PEM file of the certificates to trust; `nil` trusts those of the system.
        public var certificateAuthorityFile: String?

        /// Creates the settings of encrypted connections.
        public init(certificateAuthorityFile: String? = nil) {
            self.certificateAuthorityFile = certificateAuthorityFile
        }
    }

    /// The nodes to contact first; at least one.
    public var nodes: [Node]
    /// The keyspace: a-z, 0-9 and _, at most 48 characters.
    public var keyspace: String
    /// The credentials; `nil` if nodes do not ask for any.
    public var login: Login?
    /// The encryption; `nil` if connections are not encrypted.
    public var encryption: Encryption?
    /// The data centre of this service; may be `nil` only if the cluster has just one.
    public var dataCenter: String?
    /// How many replicas must respond.
    public var consistency = Consistency.localQuorum
    /// The replication of the keyspace if it is created; `nil` makes one copy, and warns.
    public var replication: Replication?

    /// Creates an address with the defaults.
    public init(nodes: [Node], keyspace: String) {
        self.nodes = nodes
        self.keyspace = keyspace
    }
}
