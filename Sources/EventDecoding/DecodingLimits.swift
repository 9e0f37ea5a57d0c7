/// The limits of a decoder.
public struct DecodingLimits: Sendable {
    /// The most nonblank lines.
    public var maximumEvents: Int
    /// The most errors to list.
    public var maximumErrors: Int
    /// How far in the future a `ts` may be, in microseconds.
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
    /// The body has this many nonblank lines, more than `DecodingLimits.maximumEvents`.
    case tooManyEvents(Int)
}
