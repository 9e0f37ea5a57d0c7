/// Statements that change data and are sent as one request.
public struct StatementBatch: Sendable {
    /// What the batch promises.
    public var kind: BatchKind
    private(set) var entries: [Batch.Entry] = []

    /// The most statements that the protocol can count.
    public static let maximumCount = Int(UInt16.max)

    /// Makes an empty batch.
    public init(_ kind: BatchKind) {
        self.kind = kind
    }

    /// How many statements there are.
    public var count: Int { entries.count }

    /// Appends a prepared statement; the first one with a partition key decides which node coordinates.
    public mutating func append(_ statement: PreparedStatement, _ values: BoundValues) {
        entries.append(.prepared(statement, values))
    }

    /// Appends a statement's text.
    public mutating func append(_ statement: String, _ values: BoundValues = BoundValues()) {
        entries.append(.text(statement, values))
    }
}
