/// A statement prepared by a node; any node that has prepared it knows it by the same id.
public final class PreparedStatement: Sendable {
    /// The text of the statement.
    public let statement: String
    /// The id that servers know it by.
    public let id: [UInt8]
    /// The id of the result's columns in version 5; nil in version 4.
    public let resultMetadataID: [UInt8]?
    /// The variables, in order.
    public let variables: [ColumnSpecification]
    /// The indices of the partition key's variables, in order; empty if they do not form one.
    public let partitionKey: [Int]
    /// The columns of the result; nil if it has none or they are not known in advance.
    public let resultMetadata: ResultMetadata?

    /// Creates a prepared statement from a server's response.
    public init(
        statement: String,
        id: [UInt8],
        resultMetadataID: [UInt8]?,
        variables: [ColumnSpecification],
        partitionKey: [Int],
        resultMetadata: ResultMetadata?
    ) {
        self.statement = statement
        self.id = id
        self.resultMetadataID = resultMetadataID
        self.variables = variables
        self.partitionKey = partitionKey
        self.resultMetadata = resultMetadata
    }

    /// Returns the same statement with the new columns that an execution reported.
    public func changing(resultMetadataID: [UInt8], to resultMetadata: ResultMetadata) -> PreparedStatement {
        PreparedStatement(
            statement: statement,
            id: id,
            resultMetadataID: resultMetadataID,
            variables: variables,
            partitionKey: partitionKey,
            resultMetadata: resultMetadata
        )
    }
}
