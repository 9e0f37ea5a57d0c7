/// A statement that a node has prepared; any node that has prepared it knows it by the same id.
public final class PreparedStatement: Sendable {
    /// The statement's text.
    public let statement: String
    /// What servers know it by.
    public let id: [UInt8]
    /// What version 5 knows the columns of its result by; nil in version 4.
    public let resultMetadataID: [UInt8]?
    /// Its variables, in their order.
    public let variables: [ColumnSpecification]
    /// Which variables make up the partition key, in its order; empty where they do not.
    public let partitionKey: [Int]
    /// The columns of its result; nil where it has none, or they are not known beforehand.
    public let resultMetadata: ResultMetadata?

    /// Makes a prepared statement of what a server answered.
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

    /// The same statement with the columns that an execution said are new.
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
