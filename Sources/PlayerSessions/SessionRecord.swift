/// What the events received so far say about one session; merging is commutative, associative and idempotent.
///
/// The start is the earliest start received, on equal instants the one whose country sorts last; the end is the latest
/// end received.
public struct SessionRecord: Hashable, Sendable, BitwiseCopyable {
    /// A session's start: when and where.
    public struct Start: Hashable, Sendable, BitwiseCopyable {
        /// The earliest start's `ts`.
        public var timestamp: Timestamp
        /// Its country.
        public var country: CountryCode

        /// Creates a start.
        @inlinable
        public init(timestamp: Timestamp, country: CountryCode) {
            self.timestamp = timestamp
            self.country = country
        }

        /// Whether this start replaces the other: it is earlier, or as early with a country that sorts later.
        @inlinable
        public func supersedes(_ other: Start) -> Bool {
            timestamp < other.timestamp || (timestamp == other.timestamp && other.country < country)
        }
    }

    /// The start; `nil` if none was received.
    public var start: Start?
    /// The end; `nil` if none was received.
    public var end: Timestamp?

    /// Creates a record; by default nothing was received.
    @inlinable
    public init(start: Start? = nil, end: Timestamp? = nil) {
        self.start = start
        self.end = end
    }

    /// Whether the session has a start and an end that is not before it.
    ///
    /// Once true, merging keeps it true.
    @inlinable public var isComplete: Bool {
        guard let start, let end else { return false }
        return end >= start.timestamp
    }

    /// Merges a start event; returns whether the record changed.
    @inlinable
    public mutating func merge(start new: Start) -> Bool {
        if let start, !new.supersedes(start) { return false }
        start = new
        return true
    }

    /// Merges an end event; returns whether the record changed.
    @inlinable
    public mutating func merge(end new: Timestamp) -> Bool {
        if let end, end >= new { return false }
        end = new
        return true
    }

    /// Drops what is at or before `horizon`, which is twice the retention ago.
    @inlinable
    public mutating func forget(notAfter horizon: Timestamp) {
        if let start, start.timestamp <= horizon { self.start = nil }
        if let end, end <= horizon { self.end = nil }
    }
}
