/// A keyspace of a Cassandra cluster and how to use it, as given by a `cassandra://` address.
public struct CassandraLocation: Sendable, Hashable {
    /// A node to connect to first.
    public struct ContactPoint: Sendable, Hashable {
        /// An IPv4 address, an IPv6 address without brackets, or a name.
        public var host: String
        /// The port, 1 to 65535.
        public var port: Int
    }

    /// A user and the password.
    public struct Credentials: Sendable, Hashable {
        /// The user, not empty.
        public var user: String
        /// The password; empty until `withPassword` has read one that is not in the address.
        public var password: String
        /// Where the password comes from.
        public var origin = PasswordOrigin.address
    }

    /// Where a password comes from.
    public enum PasswordOrigin: Sendable, Hashable {
        /// The address itself.
        case address
        /// The first line of a file.
        case file(String)
        /// The variable `PLAYER_SESSIONS_CASSANDRA_PASSWORD`.
        case environment
    }

    /// How many copies of each row are kept; used when the keyspace is created.
    public enum Replication: Sendable, Hashable {
        /// This many, in one data centre.
        case copies(Int)
        /// The copies in each of these data centres, in the order of the address.
        case dataCenters([DataCenter])
    }

    /// A data centre and its number of copies.
    public struct DataCenter: Sendable, Hashable {
        /// The name, as Cassandra spells it.
        public var name: String
        /// The number of copies, 1 to 1000.
        public var copies: Int
    }

    /// How many copies must respond to a read or a write.
    public enum Consistency: String, Sendable, Hashable, CaseIterable {
        /// Most copies in the service's own data centre.
        case localQuorum = "LOCAL_QUORUM"
        /// Most copies in all data centres.
        case quorum = "QUORUM"
    }

    /// How connections are encrypted.
    public struct Encryption: Sendable, Hashable {
        /// A file of certificates to trust instead of the system's; `nil` trusts the system's.
        public var certificateAuthorityFile: String?
    }

    /// The login, or `nil`.
    public var credentials: Credentials?
    /// The contact points; at least one, each once.
    public var contactPoints: [ContactPoint]
    /// The keyspace.
    public var keyspace: String
    /// The replication; `nil` if it was left out, which means one copy, with a warning.
    public var replication: Replication?
    /// The consistency level of reads and writes.
    public var consistency: Consistency
    /// The data centre of this service, or `nil` to use that of the first node that responds.
    public var dataCenter: String?
    /// The encryption; `nil` if connections are not encrypted.
    public var encryption: Encryption?

    /// The port of a node whose address has none.
    public static let defaultPort = 9042
    /// The keyspace of an address that has none.
    public static let defaultKeyspace = "players"
}
