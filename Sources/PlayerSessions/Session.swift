/// A complete session, as responses show it.
public struct Session: Hashable, Sendable {
    /// Which of the player's sessions it is.
    public var sessionID: Identifier
    /// The country of the start.
    public var country: CountryCode
    /// When it began.
    public var start: Timestamp
    /// When it ended; not before `start`.
    public var end: Timestamp

    /// Creates a complete session.
    public init(sessionID: Identifier, country: CountryCode, start: Timestamp, end: Timestamp) {
        self.sessionID = sessionID
        self.country = country
        self.start = start
        self.end = end
    }

    /// Whether this session comes before the other in a response: latest end first, then by id.
    public func precedes(_ other: Session) -> Bool {
        end == other.end ? sessionID < other.sessionID : end > other.end
    }
}

/// How many sessions began in each country; countries without a start are absent.
public typealias StartCounts = [CountryCode: Int]
