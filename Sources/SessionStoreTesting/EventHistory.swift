public import Fuzzing
import PlayerSessions

/// A seeded source of events and windows that collide: few ids, and instants clustered around the boundaries of
/// seconds, minutes, hours, days, months and years.
public struct EventHistory: Sendable {
    /// What a history draws from.
    public struct Shape: Sendable {
        /// The players' ids.
        public var playerIDs: [Identifier]
        /// The sessions' ids, shared by all players.
        public var sessionIDs: [Identifier]
        /// The earliest instant of an event.
        public var earliest: Timestamp
        /// The latest instant of an event.
        public var latest: Timestamp

        /// Creates a shape.
        public init(
            playerIDs: [Identifier],
            sessionIDs: [Identifier],
            earliest: Timestamp,
            latest: Timestamp
        ) {
            self.playerIDs = playerIDs
            self.sessionIDs = sessionIDs
            self.earliest = earliest
            self.latest = latest
        }
    }

    /// The generator, also for callers that decide what happens between the events.
    public var random: SeededRandom
    /// What the history draws from.
    public let shape: Shape
    private let anchors: [Timestamp]
    private let countries = ["5A", "A1", "AA", "FI", "FJ", "T1", "US", "ZZ"].map(country)

    /// Creates a history; the same seed and shape give the same events.
    public init(seed: UInt64, shape: Shape) {
        var random = SeededRandom(seed: seed)
        anchors = (0..<6).map { _ in
            EventHistory.boundary(near: EventHistory.anyInstant(of: shape, &random), &random)
        }
        self.random = random
        self.shape = shape
    }

    /// Returns the next event.
    public mutating func event() -> SessionEvent {
        SessionEvent(
            Bool.random(using: &random) ? .start(random.element(of: countries)) : .end,
            playerID: random.element(of: shape.playerIDs),
            sessionID: random.element(of: shape.sessionIDs),
            timestamp: instant()
        )
    }

    /// Returns the next `count` events.
    public mutating func events(_ count: Int) -> [SessionEvent] {
        (0..<count).map { _ in event() }
    }

    /// Returns the next instant, in the shape's range.
    public mutating func instant() -> Timestamp {
        var instant =
            random.once(in: 8)
            ? EventHistory.anyInstant(of: shape, &random)
            : random.element(of: anchors)
        instant.microseconds += jitter()
        return min(max(instant, shape.earliest), shape.latest)
    }

    /// Returns the next window, with ends at or near the events.
    public mutating func window() -> TrailingWindow {
        let until = random.once(in: 10) ? Timestamp.latest : instant()
        let from: Timestamp
        if random.once(in: 3) {
            let lengths = [
                1, 2, 1_000, Microseconds.perSecond, Microseconds.perMinute, Microseconds.perHour,
                Microseconds.perDay, 31 * Microseconds.perDay, 36_525 * Microseconds.perDay,
            ]
            from = Timestamp(microseconds: until.microseconds - random.element(of: lengths))
        } else {
            from = instant()
        }
        guard from < until else {
            return TrailingWindow(from: Timestamp(microseconds: until.microseconds - 1), until: until)
        }
        return TrailingWindow(from: from, until: until)
    }

    /// Returns the events in random order, some of them twice, split into batches of random size.
    public mutating func batches(of events: [SessionEvent], maximumCount: Int) -> [EventBatch] {
        let repeated = events.filter { _ in random.once(in: 6) }
        var rest = (events + repeated).shuffled(using: &random)[...]
        var batches: [EventBatch] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...maximumCount, using: &random)
            batches.append(EventBatch(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return batches
    }

    private mutating func jitter() -> Int64 {
        let units = [
            0, 0, 0, 1, 1, 1, Microseconds.perSecond, Microseconds.perMinute, Microseconds.perHour,
            Microseconds.perDay,
        ]
        let coarse = random.element(of: units) * Int64.random(in: -2...2, using: &random)
        return coarse + Int64.random(in: -1...1, using: &random)
    }

    private static func anyInstant(of shape: Shape, _ random: inout SeededRandom) -> Timestamp {
        let range = shape.earliest.microseconds...shape.latest.microseconds
        return Timestamp(microseconds: Int64.random(in: range, using: &random))
    }

    /// Returns the beginning of the second, minute, hour, day, month or year in which `instant` lies.
    private static func boundary(near instant: Timestamp, _ random: inout SeededRandom) -> Timestamp {
        let units = [
            Microseconds.perSecond, Microseconds.perMinute, Microseconds.perHour, Microseconds.perDay,
        ]
        let (days, _) = instant.microseconds.quotientAndRemainder(flooringBy: Microseconds.perDay)
        var date = CivilDate(daysSinceEpoch: Int(days))
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            date.day = 1
        case 1:
            (date.month, date.day) = (1, 1)
        case let index:
            let unit = units[index - 2]
            let (quotient, _) = instant.microseconds.quotientAndRemainder(flooringBy: unit)
            return Timestamp(microseconds: quotient * unit)
        }
        return Timestamp(microseconds: Int64(date.daysSinceEpoch) * Microseconds.perDay)
    }
}
