/// A column of a result, or a variable of a statement.
public struct ColumnSpecification: Sendable, Hashable {
    /// The keyspace of the table.
    public var keyspace: String
    /// The table.
    public var table: String
    /// The column's name, or its alias in the statement.
    public var name: String
    /// The CQL type.
    public var type: ColumnType

    /// Creates a specification.
    public init(keyspace: String, table: String, name: String, type: ColumnType) {
        self.keyspace = keyspace
        self.table = table
        self.name = name
        self.type = type
    }

    /// The limit on the number of columns, because a description takes much more memory than its bytes in a message.
    ///
    /// The protocol counts variables in 16 bits, and tables have far fewer columns.
    static let maximumCount = Int(UInt16.max)
}

/// The columns of a result, shared by all of its pages and executions.
public final class ResultMetadata: Sendable {
    /// The columns, in order.
    public let columns: [ColumnSpecification]
    /// The types of the columns, which is all that reading a row needs.
    let types: [ColumnType]

    /// Creates a description of columns.
    public init(columns: [ColumnSpecification]) {
        self.columns = columns
        types = columns.map(\.type)
    }

    /// Returns the position of a column; nil if none has that name.
    ///
    /// Searches linearly, because results have few columns.
    public func index(of name: String) -> Int? {
        columns.firstIndex { $0.name == name }
    }
}
