/// Which store the service uses, and where it is.
public enum StoreLocation: Sendable, Hashable {
    /// The embedded store in a directory.
    case rocksdb(path: String)
    /// A Cassandra cluster.
    case cassandra(CassandraLocation)
}
