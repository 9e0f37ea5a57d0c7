/// A place on the ring of `Murmur3Partitioner`, Cassandra's default.
public struct Token: Sendable, Hashable, Comparable {
    /// The place; the smallest number is the place of no key.
    public var value: Int64

    /// Makes the token that a node is said to own.
    public init(value: Int64) {
        self.value = value
    }

    /// Computes the token of a partition key in the form of `RoutingKey`.
    public init(partitionKey: [UInt8]) {
        self = unsafe partitionKey.withUnsafeBytes { unsafe Token(partitionKey: $0) }
    }

    init(partitionKey: UnsafeRawBufferPointer) {
        // The smallest token belongs to no key: one that hashes to it is put at the other end.
        let hash = unsafe Murmur3.hash(partitionKey)
        value = unsafe hash == .min && !partitionKey.isEmpty ? .max : hash
        if unsafe partitionKey.isEmpty { value = .min }
    }

    /// The order on the ring, which begins at the smallest number.
    public static func < (left: Token, right: Token) -> Bool { left.value < right.value }
}

extension Token: CustomStringConvertible {
    /// The number in decimal, as CQL's `token(…)` gives it.
    public var description: String { String(value) }
}

extension Token {
    /// Reads a token as `system.local` and `system.peers` hold it; nil for what another partitioner wrote.
    init?(text: String) {
        guard let value = Int64(text) else { return nil }
        self.value = value
    }
}
