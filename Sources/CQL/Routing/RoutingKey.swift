/// Builds the bytes of a partition key that are hashed.
///
/// The key of one column is the column's bytes. In a key of several columns each is its length in two bytes, its bytes
/// and a zero byte.
///
/// Source: Cassandra's `CompositeType`.
struct RoutingKey {
    private(set) var bytes: [UInt8] = []
    private let isComposite: Bool

    init(columns: Int) {
        isComposite = columns > 1
    }

    /// Appends a column's bytes; returns false if the key is too long for any server.
    mutating func append(_ column: ArraySlice<UInt8>) -> Bool {
        guard isComposite else {
            bytes.append(contentsOf: column)
            return column.count <= Int(UInt16.max)
        }
        guard let length = UInt16(exactly: column.count) else { return false }
        bytes.append(UInt8(length >> 8))
        bytes.append(UInt8(length & 0xFF))
        bytes.append(contentsOf: column)
        bytes.append(0)
        return true
    }
}

/// The partition that a request is about.
public struct Partition: Hashable, Sendable {
    /// The keyspace, which determines the replicas.
    public var keyspace: String
    /// The values of the partition key's columns, in order, in the protocol's encoding.
    public var key: [[UInt8]]

    /// Creates a partition.
    public init(keyspace: String, key: [[UInt8]]) {
        self.keyspace = keyspace
        self.key = key
    }
}
