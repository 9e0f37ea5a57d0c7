/// Puts the columns of a partition key into the one form that is hashed.
///
/// A key of one column is that column's bytes. Of several, each is its length in two bytes, its bytes, and a zero.
///
/// Source: Cassandra's `CompositeType`.
struct RoutingKey {
    private(set) var bytes: [UInt8] = []
    private let isComposite: Bool

    init(columns: Int) {
        isComposite = columns > 1
    }

    /// Appends a column's bytes; answers false for a key that no server would take.
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
