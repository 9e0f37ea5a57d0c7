/// One member of a query's body.
public struct QueryMember: Sendable, Hashable {
    /// The name, with its escapes resolved.
    public var name: String
    /// The value.
    public var value: QueryValue

    /// Makes a member.
    public init(name: String, value: QueryValue) {
        self.name = name
        self.value = value
    }
}

/// The value of a member of a query's body.
public enum QueryValue: Sendable, Hashable {
    /// A string: valid UTF-8, with its escapes resolved.
    case string([UInt8])
    /// A number exactly as it is written.
    case number(String)
    /// Anything else, as a message names it: `null`, `true`, `an array`.
    case other(String)
}

/// Why a query's body could not be read.
public enum QueryBodyError: Error, Sendable, Hashable {
    /// The body is not JSON; `looksUnquoted` if a shell seems to have removed the quotes.
    case notJSON(reason: String, looksUnquoted: Bool)
    /// JSON, but not an object.
    case notAnObject
    /// More members than `QueryDecoder.maximumMembers`.
    case tooManyMembers
}
