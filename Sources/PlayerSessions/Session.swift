/// A complete session, as an answer shows it.
public struct Session: Hashable, Sendable {
    /// Which of the player's sessions it is.
    public var sessionID: Identifier
    /// The country of its start.
    public var country: CountryCode
    /// When it began.
    public var start: Timestamp
    /// When it ended; not before `start`.
    public var end: Timestamp

    /// Makes a complete session.
    public init(sessionID: Identifier, country: CountryCode, start: Timestamp, end: Timestamp) {
        self.sessionID = sessionID
        self.country = country
        self.start = start
        self.end = end
    }

    /// Whether this session comes before the other in an answer: latest end first, then by id.
    public func precedes(_ other: Session) -> Bool {
        end == other.end ? sessionID < other.sessionID : end > other.end
    }
}

/// How many sessions began in each country; countries without a start are absent.
public typealias StartCounts = [CountryCode: Int]
