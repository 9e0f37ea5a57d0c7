import PlayerSessions

/// A start that was received for a session, one of those that may be the session's start.
struct Candidate: Hashable, Sendable {
    /// When and where the session began, by this event.
    var start: SessionRecord.Start
    /// When it was last received, in µs; 0 where no retention was set then.
    ///
    /// With a retention it decides what an earlier start absorbed.
    var received: Int64

    /// Makes a candidate.
    init(_ start: SessionRecord.Start, received: Int64 = 0) {
        self.start = start
        self.received = received
    }
}

extension SessionRecord.Start {
    /// The start's instant in µs.
    var instant: Int64 { timestamp.microseconds }

    /// The month that counts the start.
    var bucket: Int64 { Tier.month.unit(of: instant) }
}

extension CountryCode {
    /// Its two characters in ASCII.
    var bytes: [UInt8] { [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)] }
}
