/// A partition: what a request is about.
public struct Partition: Hashable, Sendable {
    /// The keyspace, which says where its replicas are.
    public var keyspace: String
    /// The values of its key's columns, in their order, each as the protocol writes it.
    public var key: [[UInt8]]

    /// Makes a partition.
    public init(keyspace: String, key: [[UInt8]]) {
        self.keyspace = keyspace
        self.key = key
    }
}
