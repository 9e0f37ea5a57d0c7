/// A column of a result, or a variable of a statement.
public struct ColumnSpecification: Sendable, Hashable {
    /// The keyspace of its table.
    public var keyspace: String
    /// Its table.
    public var table: String
    /// Its name, or its alias in the statement.
    public var name: String
    /// Its type.
    public var type: ColumnType

    /// Makes a specification.
    public init(keyspace: String, table: String, name: String, type: ColumnType) {
        self.keyspace = keyspace
        self.table = table
        self.name = name
        self.type = type
    }

    /// More columns than this are refused: a description takes much more memory than its bytes in a message.
    ///
    /// The protocol counts variables in 16 bits, and tables have far fewer columns.
    static let maximumCount = Int(UInt16.max)
}

/// The columns of a result, shared by all of its pages and executions.
public final class ResultMetadata: Sendable {
    /// The columns, in their order.
    public let columns: [ColumnSpecification]
    /// Their types alone: reading a row asks for nothing else of them.
    let types: [ColumnType]

    /// Makes a description of columns.
    public init(columns: [ColumnSpecification]) {
        self.columns = columns
        types = columns.map(\.type)
    }

    /// The position of a column; nil where there is none of that name.
    ///
    /// Costs a look at each column: results have few.
    public func index(of name: String) -> Int? {
        columns.firstIndex { $0.name == name }
    }
}
