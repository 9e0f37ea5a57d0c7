import PlayerSessions

/// A start that was received for a session, one of those that may be the session's start.
struct Candidate: Hashable, Sendable {
    /// When and where the session began, according to this event.
    var start: SessionRecord.Start
    /// When it was last received, in µs; 0 if no retention was set then.
    ///
    /// With a retention it decides what an earlier start absorbed.
    var received: Int64

    init(_ start: SessionRecord.Start, received: Int64 = 0) {
        self.start = start
        self.received = received
    }
}

extension SessionRecord.Start {
    /// The start's instant, in µs.
    var instant: Int64 { timestamp.microseconds }

    /// The month that counts the start.
    var bucket: Int64 { Tier.month.unit(of: instant) }
}

extension CountryCode {
    /// The two characters in ASCII.
    var bytes: [UInt8] { [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)] }
}

/// What a request writes before it logs a start: which start, and where it would log it.
///
/// Every request makes a claim of its own, and claims are never taken back. So at most one of all requests for a
/// session, in any process, reads its claim alone: it logs the start. The others find out whether it did. See
/// docs/decisions/0033.
struct Claim: Hashable, Sendable {
    var candidate: Candidate
    /// Where the request would log it.
    var place: Place
    /// Distinguishes the requests of a process: 24 bits that wrap around.
    var request: Int32
    /// For how many days the process that made it keeps sessions, rounded up; 0 for good.
    var keptDays: Int64 = 0

    /// The highest number of days that is stored; longer retentions are stored as this.
    static let maximumKeptDays: Int64 = 4_095
    private static let keptBits: Int64 = 12

    /// The write timestamp of the claim among the session's facts: with a retention, `received`.
    ///
    /// Without a retention it falls as the start's instant rises, so that the readable columns, which are written with
    /// it, end up with the earliest start. It counts milliseconds, so that it lies far before the present and before
    /// every `received`.
    var writeTimestamp: Int64 {
        candidate.received > 0
            ? candidate.received
            : (Timestamp.latest.microseconds - candidate.start.instant) / 1_000 + 1
    }

    /// The key in the session's map: start in 10 bytes, generation in 5, process in 6, request in 3.
    var mapKey: [UInt8] {
        var packer = BytePacker()
        packer.append(candidate.start)
        packer.append(place.generation, count: 5)
        packer.append(place.process.number, count: 6)
        packer.append(Int64(request), count: 3)
        return packer.bytes
    }

    /// The value in the session's map: `received`, above 12 bits of `keptDays`.
    var mapValue: Int64 { candidate.received << Claim.keptBits | keptDays }

    init(_ candidate: Candidate, place: Place, request: Int32, keptDays: Int64 = 0) {
        self.candidate = candidate
        self.place = place
        self.request = request
        self.keptDays = min(keptDays, Claim.maximumKeptDays)
    }

    /// Reads an entry of the map; `nil` if it is not one of ours.
    init?(_ entry: Value.MapEntry) {
        guard entry.key.count == 24, entry.value >= 0 else { return nil }
        var unpacker = ByteUnpacker(entry.key)
        guard let start = unpacker.takeStart(), let generation = unpacker.take(5),
            let process = unpacker.take(6), let request = unpacker.take(3)
        else { return nil }
        self.init(
            Candidate(start, received: entry.value >> Claim.keptBits),
            place: Place(generation: generation, process: ProcessID(number: process)),
            request: Int32(request),
            keptDays: entry.value & Claim.maximumKeptDays
        )
    }
}
