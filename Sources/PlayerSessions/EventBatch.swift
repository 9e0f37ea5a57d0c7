/// The events of one request, packed: fixed-size entries and, beside them, the bytes of all ids.
///
/// Two allocations a batch, whatever its size, and no reference counting for an event: this is the form in
/// which events go from the decoder to the store.
public struct EventBatch: Sendable {
    /// One event: its instant, its country and where its ids lie in the batch's text.
    public struct Entry: Sendable, BitwiseCopyable {
        /// The event's `ts`.
        public var timestamp: Timestamp
        /// Where the player's id begins in the text.
        public var playerOffset: UInt32
        /// Where the session's id begins in the text.
        public var sessionOffset: UInt32
        /// How many bytes the player's id has.
        public var playerLength: UInt8
        /// How many bytes the session's id has.
        public var sessionLength: UInt8
        /// The raw value of a start's country; 0 for an end.
        public var country: UInt16

        /// Whether this is a start, and else an end.
        @inlinable public var isStart: Bool { country != 0 }
    }

    /// The events, in the order of the request's lines.
    public private(set) var entries: [Entry]
    /// The ids of all entries, one after the other.
    public private(set) var text: [UInt8]

    /// Makes an empty batch with room for this many events of usual size.
    public init(capacity: Int = 0) {
        entries = []
        text = []
        entries.reserveCapacity(capacity)
        text.reserveCapacity(capacity * 72)
    }

    /// Makes a batch of events.
    public init(_ events: some Sequence<SessionEvent>) {
        self.init()
        for event in events { append(event) }
    }

    /// How many events there are.
    @inlinable public var count: Int { entries.count }

    /// Whether there is no event.
    @inlinable public var isEmpty: Bool { entries.isEmpty }

    /// Adds an event of its parts, which the caller has validated; `country` is `nil` for an end.
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

    /// Adds an event.
    public mutating func append(_ event: SessionEvent) {
        let country: CountryCode? = if case .start(let country) = event.kind { country } else { nil }
        append(
            country: country,
            playerID: event.playerID.bytes.span,
            sessionID: event.sessionID.bytes.span,
            timestamp: event.timestamp
        )
    }

    /// The bytes of an entry's player id.
    public func playerID(of entry: Entry) -> Identifier {
        identifier(at: entry.playerOffset, length: entry.playerLength)
    }

    /// The bytes of an entry's session id.
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

    /// Drops the events at or before `cutoff` and says how many they were.
    public mutating func removeEvents(notAfter cutoff: Timestamp) -> Int {
        let before = entries.count
        entries.removeAll { $0.timestamp <= cutoff }
        return before - entries.count
    }

    private func identifier(at offset: UInt32, length: UInt8) -> Identifier {
        Identifier(unchecked: Array(text[Int(offset)..<(Int(offset) + Int(length))]))
    }
}
