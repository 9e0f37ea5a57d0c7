/// One member of a query's body.
public struct QueryMember: Sendable, Hashable {
    /// The name, its escapes resolved.
    public var name: String
    /// What it holds.
    public var value: QueryValue

    /// Makes a member.
    public init(name: String, value: QueryValue) {
        self.name = name
        self.value = value
    }
}

/// What a member of a query's body holds.
public enum QueryValue: Sendable, Hashable {
    /// A string: valid UTF-8, its escapes resolved.
    case string([UInt8])
    /// A number exactly as it is written.
    case number(String)
    /// Anything else, as a message names it: `null`, `true`, `an array`.
    case other(String)
}

/// Why a query's body has no members to offer.
public enum QueryBodyError: Error, Sendable, Hashable {
    /// Not JSON, and why; `looksUnquoted` where it looks as if a shell had taken the quotes away.
    case notJSON(reason: String, looksUnquoted: Bool)
    /// JSON, but not an object.
    case notAnObject
    /// More members than `QueryDecoder.maximumMembers`.
    case tooManyMembers
}
