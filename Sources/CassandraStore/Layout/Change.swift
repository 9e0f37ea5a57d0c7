import PlayerSessions

/// What a session's start was moved to, and from where: what a change marker names.
///
/// Before a roller reads rows it brings the change in order: one that still holds is written again; of any other, only its
/// deletions. So whatever it counts or leaves out is what the cluster holds.
struct Change: Hashable, Sendable {
    /// Which session.
    var key: SessionKey
    /// The candidate whose index row stays.
    var winner: Candidate
    /// The candidates whose index rows go.
    var losers: [Candidate]

    /// The statements that make it so.
    func statements(_ lifetime: Lifetime, now: Int64) -> [Statement] {
        let insertion = Statement.insertStart(key, winner, ttl: lifetime.index(winner.instant, now: now))
        return [insertion] + losers.map { .deleteStart(key, $0) }
    }

    /// The spans that it touches, each once.
    var spans: [Int64] { Set(([winner] + losers).map(\.span)).sorted() }

    /// Lengths and ids, then the candidates, 18 bytes each, the winner first.
    var packed: [UInt8] {
        var bytes = [UInt8(key.player.bytes.count)] + key.player.bytes
        bytes += [UInt8(key.session.bytes.count)] + key.session.bytes
        for candidate in [winner] + losers {
            let bits = UInt64(bitPattern: candidate.received)
            bytes +=
                candidate.mapKey + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        }
        return bytes
    }

    /// Makes a change.
    init(_ key: SessionKey, winner: Candidate, losers: [Candidate]) {
        self.key = key
        self.winner = winner
        self.losers = losers
    }

    /// Reads the packed form; `nil` where it is none.
    init?(packed: [UInt8]) {
        var rest = packed[...]
        func identifier() -> Identifier? {
            guard let length = rest.popFirst(), rest.count >= Int(length), length > 0 else { return nil }
            defer { rest.removeFirst(Int(length)) }
            return Identifier(unchecked: Array(rest.prefix(Int(length))))
        }
        guard let player = identifier(), let session = identifier() else { return nil }
        var candidates: [Candidate] = []
        while rest.count >= 18 {
            let bits = rest.dropFirst(10).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard
                var candidate = Candidate(Value.MapEntry(key: Array(rest.prefix(10)), value: 0))
            else { return nil }
            candidate.received = Int64(bitPattern: bits)
            // A map's value has a bit less for it.
            guard candidate.received >= 0, candidate.received <= Int64.max >> 1 else { return nil }
            candidates.append(candidate)
            rest.removeFirst(18)
        }
        guard rest.isEmpty, let winner = candidates.first else { return nil }
        self.init(SessionKey(player, session), winner: winner, losers: Array(candidates.dropFirst()))
    }
}
