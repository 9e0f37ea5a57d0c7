import PlayerSessions

/// The number of starts of each country in a unit of time.
///
/// Packed as pairs of (country ordinal, number) in LEB128, by rising ordinal: usually 3 bytes a country. The number is
/// zigzag-encoded: a start that no longer counts may be flushed before the one that it takes away.
struct StartTotals: Hashable, Sendable {
    /// The numbers; countries that never had a start are absent.
    private(set) var counts: [CountryCode: Int] = [:]

    init() {}

    /// Reads the packed form, up to anything truncated or invalid.
    init(packed: [UInt8]) {
        var rest = packed[...]
        while let ordinal = StartTotals.take(&rest), let count = StartTotals.take(&rest) {
            guard ordinal < CountryCode.count else { return }
            counts[CountryCode(ordinal: Int(ordinal))] = Int(count >> 1) ^ -Int(count & 1)
        }
    }

    var packed: [UInt8] {
        var bytes: [UInt8] = []
        for (country, count) in counts.sorted(by: { $0.key.ordinal < $1.key.ordinal }) {
            StartTotals.append(UInt64(country.ordinal), to: &bytes)
            StartTotals.append(UInt64(bitPattern: Int64(count << 1 ^ count >> 63)), to: &bytes)
        }
        return bytes
    }

    mutating func add(_ country: CountryCode, _ count: Int = 1) {
        let (sum, overflow) = counts[country, default: 0].addingReportingOverflow(count)
        // Only damage brings a sum this far; it stays within its range.
        counts[country] = overflow ? (count < 0 ? -Int.max : .max) : sum
    }

    mutating func add(_ other: StartTotals) {
        for (country, count) in other.counts { add(country, count) }
    }

    /// The countries that have a start.
    var starts: StartCounts { counts.filter { $0.value > 0 } }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func take(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst(), shift < 64 {
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}
