import PlayerSessions

/// A start that was received for a session, one of those that may be the session's start.
struct Candidate: Hashable, Sendable {
    /// When and where the session began, by this event.
    var start: SessionRecord.Start
    /// When it was last received, in µs; 0 where no retention was set then.
    ///
    /// With a retention it decides what an earlier start absorbed, and it is the version of all that is written for
    /// the candidate, so that a start which begins a session anew beats the deletions of its former life.
    var received: Int64

    /// Makes a candidate.
    init(_ start: SessionRecord.Start, received: Int64 = 0) {
        self.start = start
        self.received = received
    }

    /// The start's instant in µs.
    var instant: Int64 { start.timestamp.microseconds }

    /// The ten minutes that the start lies in.
    var span: Int64 { Tier.span.unit(of: instant) }

    /// Versions count from 2001-09-09, so that twice their number lies before the present: an operator's DELETE,
    /// which carries the present, still deletes.
    private static let versionEpoch: Int64 = 1_000_000_000_000_000

    private var version: Int64 { max(0, received - Candidate.versionEpoch) }

    /// The write timestamp of the start's index row.
    var insertion: Int64 { 2 * version + 1 }

    /// The write timestamp of the row's deletion, above the insertion and below that of a later version.
    var deletion: Int64 { 2 * version + 2 }

    /// The write timestamp of the candidate among the session's facts.
    ///
    /// Without a retention it falls with the start's instant, so that the readable columns, which are written
    /// with it, end up with the earliest start. It counts milliseconds, so that it lies far before the present and
    /// before every `received`.
    var fact: Int64 {
        received > 0 ? received : (Timestamp.latest.microseconds - instant) / 1_000 + 1
    }
}

extension Candidate {
    /// The key of the candidate in the session's map: instant and country, big-endian.
    var mapKey: [UInt8] {
        let bits = UInt64(bitPattern: instant)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        bytes += start.country.bytes
        return bytes
    }

    /// The value in the session's map: the version, and whether the candidate is settled.
    func mapValue(isSettled: Bool) -> Int64 { received * 2 + (isSettled ? 1 : 0) }

    /// Reads a map's entry; `nil` where it is none of ours.
    init?(_ entry: Value.MapEntry) {
        guard entry.key.count == 10 else { return nil }
        let bits = entry.key.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let country = UInt16(entry.key[8]) << 8 | UInt16(entry.key[9])
        guard let country = CountryCode(rawValue: country) else { return nil }
        let instant = Timestamp(microseconds: Int64(bitPattern: bits))
        // No event has another instant, and sums of one would leave their range.
        guard (Timestamp.earliest...Timestamp.latest).contains(instant) else { return nil }
        self.init(.init(timestamp: instant, country: country), received: entry.value >> 1)
    }
}

extension CountryCode {
    /// Its two characters in ASCII.
    var bytes: [UInt8] { [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)] }
}
