/// A token of `Murmur3Partitioner`, Cassandra's default: a position on the ring.
public struct Token: Sendable, Hashable, Comparable {
    /// The position; the smallest number is the token of no key but the empty one.
    public var value: Int64

    /// Creates the token that a node owns.
    public init(value: Int64) {
        self.value = value
    }

    /// Computes the token of a partition key encoded by `RoutingKey`.
    public init(partitionKey: [UInt8]) {
        self = unsafe partitionKey.withUnsafeBytes { unsafe Token(partitionKey: $0) }
    }

    init(partitionKey: UnsafeRawBufferPointer) {
        // The smallest token is the empty key's: any other key that hashes to it gets the largest.
        let hash = unsafe Murmur3.hash(partitionKey)
        value = unsafe hash == .min && !partitionKey.isEmpty ? .max : hash
        if unsafe partitionKey.isEmpty { value = .min }
    }

    /// Orders tokens along the ring, which begins at the smallest number.
    public static func < (left: Token, right: Token) -> Bool { left.value < right.value }
}

extension Token: CustomStringConvertible {
    /// The number in decimal, as CQL's `token(…)` returns it.
    public var description: String { String(value) }
}

extension Token {
    /// Parses a token of `system.local` or `system.peers`; nil if another partitioner wrote it.
    init?(text: String) {
        guard let value = Int64(text) else { return nil }
        self.value = value
    }
}
