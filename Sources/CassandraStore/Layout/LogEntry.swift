import PlayerSessions

/// A row of the log: a start of a session that counts from now on, or no longer counts.
struct LogEntry: Hashable, Sendable {
    var key: SessionKey
    var start: SessionRecord.Start
    /// 1 for a start that counts, -1 for one that no longer counts.
    var change = 1
    var place: Place

    init(key: SessionKey, start: SessionRecord.Start, change: Int = 1, place: Place) {
        self.key = key
        self.start = start
        self.change = change
        self.place = place
    }

    /// Reads a row of a month's log (start, player, session, country, change); `nil` if no event can have logged it.
    init?(_ row: Row, of place: Place, in bucket: Int64) {
        guard let instant = row[0].number, let player = row[1].bytes, let session = row[2].bytes,
            let country = row[3].bytes.flatMap({ CountryCode($0.span) }), let change = row[4].number,
            Tier.month.instants(of: bucket).contains(instant)
        else { return nil }
        self.init(
            key: SessionKey(Identifier(unchecked: player), Identifier(unchecked: session)),
            start: SessionRecord.Start(timestamp: Timestamp(microseconds: instant), country: country),
            change: change < 0 ? -1 : 1,
            place: place
        )
    }

    /// Distinguishes the entry from all others of its minute: 64 bits, FNV-1a over all fields, mixed once more.
    ///
    /// Entries with equal digests are confused only if their minutes, generations and processes are equal, too.
    var digest: Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        func take(_ number: Int64) {
            for place in 0..<8 { take(byte: UInt8(truncatingIfNeeded: number >> (8 * Int64(place)))) }
        }
        key.player.bytes.forEach(take(byte:))
        take(byte: 0)
        key.session.bytes.forEach(take(byte:))
        take(byte: 0)
        take(start.instant)
        start.country.bytes.forEach(take(byte:))
        take(byte: UInt8(truncatingIfNeeded: change))
        take(place.generation)
        take(place.process.number)
        // The finaliser of MurmurHash3 spreads the effect of the last bytes over all bits.
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return Int64(bitPattern: hash ^ (hash >> 33))
    }
}
