/// The events of one request, packed: fixed-size entries and, beside them, the bytes of all ids.
///
/// Two allocations per batch, whatever its size, and no reference counting per event: in this form, events go from the
/// decoder to the store.
public struct EventBatch: Sendable {
    /// One event: its instant, its country, and where its ids are in the batch's text.
    public struct Entry: Sendable, BitwiseCopyable {
        /// The event's `ts`.
        public var timestamp: Timestamp
        /// Where the player's id begins in the text.
        public var playerOffset: UInt32
        /// Where the session's id begins in the text.
        public var sessionOffset: UInt32
        /// The length of the player's id in bytes.
        public var playerLength: UInt8
        /// The length of the session's id in bytes.
        public var sessionLength: UInt8
        /// The raw value of a start's country; 0 for an end.
        public var country: UInt16

        /// Whether this is a start; otherwise it is an end.
        @inlinable public var isStart: Bool { country != 0 }
    }

    /// The events, in the order of the request's lines.
    public private(set) var entries: [Entry]
    /// The ids of all entries, one after the other.
    public private(set) var text: [UInt8]

    /// Creates an empty batch with capacity for this many events of usual size.
    public init(capacity: Int = 0) {
        entries = []
        text = []
        entries.reserveCapacity(capacity)
        text.reserveCapacity(capacity * 72)
    }

    /// Creates a batch of events.
    public init(_ events: some Sequence<SessionEvent>) {
        self.init()
        for event in events { append(event) }
    }

    /// The number of events.
    @inlinable public var count: Int { entries.count }

    /// Whether there are no events.
    @inlinable public var isEmpty: Bool { entries.isEmpty }

    /// Appends an event given by its parts, which the caller has validated; `country` is `nil` for an end.
    public mutating func append(
        country: CountryCode?,
        playerID: Span<UInt8>,
        sessionID: Span<UInt8>,
        timestamp: Timestamp
    ) {
        precondition(
            playerID.count <= Identifier.maximumLength && sessionID.count <= Identifier.maximumLength
        )
        entries.append(
            Entry(
                timestamp: timestamp,
                playerOffset: UInt32(text.count),
                sessionOffset: UInt32(text.count + playerID.count),
                playerLength: UInt8(playerID.count),
                sessionLength: UInt8(sessionID.count),
                country: country?.rawValue ?? 0
            )
        )
        unsafe playerID.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        unsafe sessionID.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
    }

    /// Appends an event.
    public mutating func append(_ event: SessionEvent) {
        let country: CountryCode? = if case .start(let country) = event.kind { country } else { nil }
        append(
            country: country,
            playerID: event.playerID.bytes.span,
            sessionID: event.sessionID.bytes.span,
            timestamp: event.timestamp
        )
    }

    /// Returns an entry's player id.
    public func playerID(of entry: Entry) -> Identifier {
        identifier(at: entry.playerOffset, length: entry.playerLength)
    }

    /// Returns an entry's session id.
    public func sessionID(of entry: Entry) -> Identifier {
        identifier(at: entry.sessionOffset, length: entry.sessionLength)
    }

    /// The events in their allocating form, for tests and tools.
    public var events: [SessionEvent] {
        entries.map { entry in
            let country = CountryCode(rawValue: entry.country)
            return SessionEvent(
                country.map(SessionEvent.Kind.start) ?? .end,
                playerID: playerID(of: entry),
                sessionID: sessionID(of: entry),
                timestamp: entry.timestamp
            )
        }
    }

    /// Removes the events at or before `cutoff`, and returns how many there were.
    public mutating func removeEvents(notAfter cutoff: Timestamp) -> Int {
        let before = entries.count
        entries.removeAll { $0.timestamp <= cutoff }
        return before - entries.count
    }

    private func identifier(at offset: UInt32, length: UInt8) -> Identifier {
        Identifier(unchecked: Array(text[Int(offset)..<(Int(offset) + Int(length))]))
    }
}
