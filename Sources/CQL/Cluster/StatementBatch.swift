/// Modifying statements that are sent as one request.
public struct StatementBatch: Sendable {
    /// The guarantee of the batch.
    public var kind: BatchKind
    private(set) var entries: [Batch.Entry] = []

    /// The most statements that the protocol allows.
    public static let maximumCount = Int(UInt16.max)

    /// Creates an empty batch.
    public init(_ kind: BatchKind) {
        self.kind = kind
    }

    /// The number of statements.
    public var count: Int { entries.count }

    /// Appends a prepared statement; the first one with a partition key determines the coordinator.
    public mutating func append(_ statement: PreparedStatement, _ values: BoundValues) {
        entries.append(.prepared(statement, values))
    }

    /// Appends the text of a statement.
    public mutating func append(_ statement: String, _ values: BoundValues = BoundValues()) {
        entries.append(.text(statement, values))
    }
}
