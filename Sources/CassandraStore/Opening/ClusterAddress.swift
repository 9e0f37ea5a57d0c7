/// Where a store's cluster is, and how the store uses it.
public struct ClusterAddress: Sendable, Hashable {
    /// A node to ask first.
    public struct Node: Sendable, Hashable {
        /// An address, or a name.
        public var host: String
        /// The port for clients.
        public var port: UInt16

        /// Makes a node.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    /// Who logs in.
    public struct Login: Sendable, Hashable {
        /// The name.
        public var user: String
        /// The password.
        public var password: String

        /// Makes a login.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// How many copies answer a read or a write.
    public enum Consistency: Sendable, Hashable {
        /// Most copies of the local data centre; all that write and read must be in that one.
        case localQuorum
        /// Most copies of all data centres.
        case quorum
    }

    /// How connections are encrypted.
    public struct Encryption: Sendable, Hashable {
        /// A file of the certificates to trust, in PEM form; `nil` trusts those of the system.
        public var certificateAuthorityFile: String?

        /// Makes a description.
        public init(certificateAuthorityFile: String? = nil) {
            self.certificateAuthorityFile = certificateAuthorityFile
        }
    }

    /// At least one.
    public var nodes: [Node]
    /// The keyspace: a-z, 0-9 and _, at most 48 of them.
    public var keyspace: String
    /// Who logs in; `nil` where nodes do not ask.
    public var login: Login?
    /// `nil` where connections are not encrypted.
    public var encryption: Encryption?
    /// The data centre of this service; `nil` takes that of the first node that answers.
    public var dataCenter: String?
    /// How many copies answer.
    public var consistency = Consistency.localQuorum
    /// How many copies there are, where the keyspace is made; `nil` makes one, and warns.
    public var replication: Replication?

    /// Makes an address with the defaults.
    public init(nodes: [Node], keyspace: String) {
        self.nodes = nodes
        self.keyspace = keyspace
    }
}
