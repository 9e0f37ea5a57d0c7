import PlayerSessions

/// Sums by country: a cell for every country, and a bit for those that were touched.
@safe final class CountrySums {
    private static let words = (CountryCode.count + 63) / 64

    /// The bits, then the sums.
    private let cells: UnsafeMutablePointer<Int64>

    init() {
        unsafe cells = .allocate(capacity: CountrySums.words + CountryCode.count)
        unsafe cells.initialize(repeating: 0, count: CountrySums.words)
    }

    deinit { unsafe cells.deallocate() }

    /// Adds to the sum of a country, given by its dense number.
    @inline(__always)
    func add(_ country: UInt16, _ delta: Int64) {
        let number = Int(country)
        precondition(number < CountryCode.count)
        let bit = Int64(bitPattern: 1 << UInt64(number % 64))
        let isNew = unsafe cells[number / 64] & bit == 0
        unsafe cells[number / 64] |= bit
        unsafe cells[CountrySums.words + number] = isNew ? delta : cells[CountrySums.words + number] &+ delta
    }

    /// Calls `body` with every country that was touched and its sum, by rising number.
    func forEach(_ body: (UInt16, Int64) -> Void) {
        for word in 0..<CountrySums.words {
            var bits = unsafe UInt64(bitPattern: cells[word])
            while bits != 0 {
                let number = word * 64 + bits.trailingZeroBitCount
                unsafe body(UInt16(number), cells[CountrySums.words + number])
                bits &= bits - 1
            }
        }
    }
}
