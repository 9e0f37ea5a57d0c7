import PlayerSessions

/// The starts of a month that one flush took, without the sessions they belong to.
struct FlushedStarts: Hashable, Sendable {
    /// Identifies a row of `flushed_starts`.
    ///
    /// It does not depend on which generations were flushed together: if a flush is lost because its table was set
    /// back, the next one writes the same rows again.
    struct RowKey: Hashable, Sendable {
        /// The minute since 1970 in which the starts lie.
        var minute: Int64
        /// The log that they were in.
        var place: Place
    }

    /// The generation up to which all starts are flushed with these.
    var generation: Int64
    private(set) var rows: [RowKey: MinuteStarts] = [:]

    init(upTo generation: Int64) {
        self.generation = generation
    }

    mutating func add(_ entry: LogEntry) { rows[entry.row, default: MinuteStarts()].add(entry) }

    /// The rows in the order in which they are packed.
    private var sorted: [(key: RowKey, value: MinuteStarts)] {
        func order(_ key: RowKey) -> (Int64, Int64, Int64) {
            (key.minute, key.place.generation, key.place.process.number)
        }
        return rows.sorted { order($0.key) < order($1.key) }
    }

    /// What a count needs: the generation, then for each row minute, generation, process, number of starts, and 6 bytes
    /// a start.
    var packedStarts: [UInt8] {
        var packer = BytePacker()
        packer.append(generation)
        for (key, starts) in sorted {
            packer.append(key.minute)
            packer.append(key.place.generation, count: 5)
            packer.append(key.place.process.number, count: 6)
            packer.append(Int64(starts.count), count: 4)
            packer.append(starts.starts)
        }
        return packer.bytes
    }

    /// What entering the rows takes in addition: 8 bytes a start, in the same order.
    var packedDigests: [UInt8] { sorted.flatMap(\.value.digests) }

    /// Reads the packed forms; `nil` if they are malformed or do not belong together.
    ///
    /// Without digests the starts can be counted but not entered.
    init?(starts packed: [UInt8], digests: [UInt8]?) {
        var unpacker = ByteUnpacker(packed)
        guard let generation = unpacker.take() else { return nil }
        self.init(upTo: generation)
        var rest = digests.map { $0[...] }
        while unpacker.count > 0 {
            guard let minute = unpacker.take(), MinuteStarts.possible.contains(minute),
                let generation = unpacker.take(5),
                let process = unpacker.take(6), let count = unpacker.take(4),
                let starts = unpacker.takeBytes(Int(count) * 6),
                let minuteStarts = MinuteStarts(
                    starts: starts,
                    digests: rest.map { Array($0.prefix(Int(count) * 8)) }
                )
            else { return nil }
            rest = rest?.dropFirst(Int(count) * 8)
            let place = Place(generation: generation, process: ProcessID(number: process))
            rows[RowKey(minute: minute, place: place)] = minuteStarts
        }
        if let rest, !rest.isEmpty { return nil }
    }
}

/// The starts of one minute of a log: when and where, and separately the digests by which entries are found again.
struct MinuteStarts: Hashable, Sendable {
    /// 6 bytes a start: 26 bits of µs in the minute, 1 bit for a start that no longer counts, 21 bits of the country's
    /// ordinal.
    private(set) var starts: [UInt8] = []
    /// 8 bytes a start.
    private(set) var digests: [UInt8] = []

    init() {}

    /// Takes starts and digests as they are stored; `nil` if they do not belong together.
    init?(starts: [UInt8], digests: [UInt8]?) {
        guard starts.count % 6 == 0, digests.map({ $0.count == starts.count / 6 * 8 }) ?? true else {
            return nil
        }
        self.starts = starts
        self.digests = digests ?? []
    }

    var count: Int { starts.count / 6 }

    /// The number of starts by country, less those that no longer count.
    var totals: StartTotals {
        var totals = StartTotals()
        MinuteStarts.count(starts, minute: 0, in: 0..<Microseconds.perMinute, into: &totals)
        return totals
    }

    /// Returns the range from the first start to the last, in µs since 1970; the first µs of the minute if there are
    /// none.
    func instants(ofMinute minute: Int64) -> ClosedRange<Int64> {
        var unpacker = ByteUnpacker(starts)
        var instants: ClosedRange<Int64>?
        while let word = unpacker.take(6) {
            let instant = minute * Microseconds.perMinute + word >> 22
            instants =
                min(instants?.lowerBound ?? instant, instant)...max(instants?.upperBound ?? instant, instant)
        }
        return instants ?? minute * Microseconds.perMinute...minute * Microseconds.perMinute
    }

    /// The minutes in which a session can start.
    static let possible =
        minute(of: Timestamp.earliest.microseconds)...minute(of: Timestamp.latest.microseconds)

    /// Returns the minute since 1970 that an instant lies in.
    static func minute(of instant: Int64) -> Int64 {
        instant.quotientAndRemainder(flooringBy: Microseconds.perMinute).quotient
    }

    /// Returns the instants of a minute, in µs.
    static func instants(ofMinute minute: Int64) -> Range<Int64> {
        minute * Microseconds.perMinute..<(minute + 1) * Microseconds.perMinute
    }

    /// Returns the span that a minute lies in.
    static func span(ofMinute minute: Int64) -> Int64 { Tier.span.unit(of: minute * Microseconds.perMinute) }

    fileprivate mutating func add(_ entry: LogEntry) {
        let offset = entry.start.instant.quotientAndRemainder(flooringBy: Microseconds.perMinute).remainder
        var packer = BytePacker()
        packer.append(
            offset << 22 | (entry.change < 0 ? 1 << 21 : 0) | Int64(entry.start.country.ordinal),
            count: 6
        )
        starts += packer.bytes
        var digest = BytePacker()
        digest.append(entry.digest)
        digests += digest.bytes
    }

    /// Adds the starts of a minute that lie in a window to `totals`; truncated or invalid ones are skipped.
    static func count(
        _ packed: [UInt8],
        minute: Int64,
        in window: Range<Int64>,
        into totals: inout StartTotals
    ) {
        var unpacker = ByteUnpacker(packed)
        let begin = minute * Microseconds.perMinute
        while let word = unpacker.take(6) {
            guard window.contains(begin + word >> 22) else { continue }
            let ordinal = Int(word & 0x1F_FFFF)
            guard ordinal < CountryCode.count else { continue }
            totals.add(CountryCode(ordinal: ordinal), word & 1 << 21 == 0 ? 1 : -1)
        }
    }

    /// Unpacks digests.
    static func digests(_ packed: [UInt8]) -> Set<Int64> {
        var unpacker = ByteUnpacker(packed)
        var digests: Set<Int64> = []
        while let one = unpacker.take() { digests.insert(one) }
        return digests
    }

    /// Returns whether packed digests contain `digest`.
    static func holds(_ packed: [UInt8], _ digest: Int64) -> Bool {
        var unpacker = ByteUnpacker(packed)
        while let one = unpacker.take() { if one == digest { return true } }
        return false
    }
}
