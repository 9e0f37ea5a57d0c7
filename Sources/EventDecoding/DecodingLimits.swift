/// How much a decoder takes.
public struct DecodingLimits: Sendable {
    /// The most lines that are not blank.
    public var maximumEvents: Int
    /// The most errors that are listed.
    public var maximumErrors: Int
    /// How far in the future a `ts` may lie, in microseconds.
    public var maximumClockSkewMicroseconds: Int64

    /// Makes limits.
    public init(maximumEvents: Int, maximumErrors: Int = 100, maximumClockSkewMicroseconds: Int64) {
        self.maximumEvents = maximumEvents
        self.maximumErrors = maximumErrors
        self.maximumClockSkewMicroseconds = maximumClockSkewMicroseconds
    }
}

/// Why a body was not decoded at all.
public enum BatchFault: Error, Sendable, Hashable {
    /// So many lines that are not blank: more than `DecodingLimits.maximumEvents`.
    case tooManyEvents(Int)
}
