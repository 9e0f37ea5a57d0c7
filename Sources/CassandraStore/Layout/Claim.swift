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

/// What a request says before it logs a start: which start, and where it would log it.
///
/// Every request makes a claim of its own, and claims are never taken back. So of all requests for a session at most one
/// reads its claim alone, whoever they are: it logs the start. The others find out whether it did. See docs/decisions/0033.
struct Claim: Hashable, Sendable {
    /// The start.
    var candidate: Candidate
    /// Where the request would log it.
    var place: Place
    /// What distinguishes the requests of a process: 24 bits that go round.
    var request: Int32
    /// For how many days the process kept sessions that made it, rounded up; 0 for ever.
    var keptDays: Int64 = 0

    /// The most days that are told apart; more are as many.
    static let maximumKeptDays: Int64 = 4_095
    private static let keptBits: Int64 = 12

    /// The write timestamp of the claim among the session's facts.
    ///
    /// Without a retention it falls with the start's instant, so that the readable columns, which are written
    /// with it, end up with the earliest start. It counts milliseconds, so that it lies far before the present and
    /// before every `received`.
    var writeTimestamp: Int64 {
        candidate.received > 0
            ? candidate.received
            : (Timestamp.latest.microseconds - candidate.start.instant) / 1_000 + 1
    }

    /// The key in the session's map: the start in 10 bytes, the generation in 5, the process in 6, the request in 3.
    var mapKey: [UInt8] {
        var packer = BytePacker()
        packer.append(candidate.start)
        packer.append(place.generation, count: 5)
        packer.append(place.process.number, count: 6)
        packer.append(Int64(request), count: 3)
        return packer.bytes
    }

    /// The value in the session's map: when it was received, and for how long it is kept.
    var mapValue: Int64 { candidate.received << Claim.keptBits | keptDays }

    /// Makes a claim.
    init(_ candidate: Candidate, place: Place, request: Int32, keptDays: Int64 = 0) {
        self.candidate = candidate
        self.place = place
        self.request = request
        self.keptDays = min(keptDays, Claim.maximumKeptDays)
    }

    /// Reads a map's entry; `nil` where it is none of ours.
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
