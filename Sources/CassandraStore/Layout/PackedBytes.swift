import PlayerSessions

/// Writes numbers as big-endian bytes.
struct BytePacker {
    private(set) var bytes: [UInt8] = []

    /// Appends the lowest `count` bytes of a number, highest first.
    mutating func append(_ number: Int64, count: Int = 8) {
        for place in (0..<count).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: number >> (8 * Int64(place))))
        }
    }

    /// Appends bytes as they are.
    mutating func append(_ other: [UInt8]) { bytes += other }
}

/// Reads what `BytePacker` wrote.
struct ByteUnpacker {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// How many bytes are left.
    var count: Int { rest.count }

    /// Removes and returns `count` bytes; `nil` if fewer are left.
    mutating func takeBytes(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Removes and returns a number of `count` bytes, signed only if there are eight; `nil` if fewer are left.
    mutating func take(_ count: Int = 8) -> Int64? {
        guard rest.count >= count else { return nil }
        var number: UInt64 = 0
        for byte in rest.prefix(count) { number = number << 8 | UInt64(byte) }
        rest.removeFirst(count)
        return Int64(bitPattern: number)
    }
}

extension ByteUnpacker {
    /// Removes and returns a country's two characters; `nil` if they are no country.
    mutating func takeCountry() -> CountryCode? {
        take(2).flatMap { CountryCode(rawValue: UInt16($0)) }
    }

    /// Removes and returns an instant and a country; `nil` unless an event can have both.
    mutating func takeStart() -> SessionRecord.Start? {
        guard let instant = take(), let country = takeCountry() else { return nil }
        let timestamp = Timestamp(microseconds: instant)
        // No event has another instant, and arithmetic on it could overflow.
        guard (Timestamp.earliest...Timestamp.latest).contains(timestamp) else { return nil }
        return SessionRecord.Start(timestamp: timestamp, country: country)
    }
}

extension BytePacker {
    /// Appends an instant and a country: 10 bytes.
    mutating func append(_ start: SessionRecord.Start) {
        append(start.instant)
        append(start.country.bytes)
    }
}
