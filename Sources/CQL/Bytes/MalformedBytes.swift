/// What is wrong with bytes that should hold a message or a value.
enum MalformedBytes: Error, Hashable {
    /// They end before what they announce.
    case truncated
    /// A length or a count that nothing can have.
    case invalidCount(Int)
    /// A string that is not UTF-8.
    case invalidText
    /// A code that the protocol does not have where it stands.
    case unknown(String, Int)
    /// Types within types, deeper than `ColumnType.maximumDepth`.
    case nestedTooDeeply
    /// A result without the description of its columns, where none is known.
    case missingMetadata
    /// A row of another number of columns than the prepared statement has.
    case columnCount(Int, expected: Int)

    var description: String {
        switch self {
        case .truncated: "the bytes end too early"
        case .invalidCount(let count): "\(count) is no valid length"
        case .invalidText: "a string is not UTF-8"
        case .unknown(let what, let code): "\(what) \(code) is unknown"
        case .nestedTooDeeply: "a type nests deeper than \(ColumnType.maximumDepth)"
        case .missingMetadata: "a result does not describe its columns"
        case .columnCount(let count, let expected): "a result has \(count) columns, not \(expected)"
        }
    }
}
