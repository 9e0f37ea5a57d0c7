/// A keyspace of a Cassandra cluster and how to use it, as a `cassandra://` address names them.
public struct CassandraLocation: Sendable, Hashable {
    /// A node to ask first.
    public struct ContactPoint: Sendable, Hashable {
        /// An IPv4 address, an IPv6 address without brackets, or a name.
        public var host: String
        /// 1 to 65535.
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

    /// How often each row is kept; used when the keyspace is made.
    public enum Replication: Sendable, Hashable {
        /// So many times, in one data centre.
        case copies(Int)
        /// So many times in each of these data centres, in the order of the address.
        case dataCenters([DataCenter])
    }

    /// A data centre and its number of copies.
    public struct DataCenter: Sendable, Hashable {
        /// The name, as Cassandra spells it.
        public var name: String
        /// 1 to 1000.
        public var copies: Int
    }

    /// How many copies answer a read or a write.
    public enum Consistency: String, Sendable, Hashable, CaseIterable {
        /// Most copies of one's own data centre.
        case localQuorum = "LOCAL_QUORUM"
        /// Most copies of all data centres.
        case quorum = "QUORUM"
    }

    /// How connections are encrypted.
    public struct Encryption: Sendable, Hashable {
        /// A file of certificates to trust in place of the system's; `nil` trusts the system's.
        public var certificateAuthorityFile: String?
    }

    /// Who to log in as, or `nil`.
    public var credentials: Credentials?
    /// At least one, each once.
    public var contactPoints: [ContactPoint]
    /// The keyspace.
    public var keyspace: String
    /// `nil` where it was left out: one copy, with a warning.
    public var replication: Replication?
    /// The consistency level of reads and writes.
    public var consistency: Consistency
    /// The data centre of this service, or `nil` to take that of the first node that answers.
    public var dataCenter: String?
    /// `nil` where connections are not encrypted.
    public var encryption: Encryption?

    /// The port of a node whose address has none.
    public static let defaultPort = 9042
    /// The keyspace of an address that has none.
    public static let defaultKeyspace = "players"
}
