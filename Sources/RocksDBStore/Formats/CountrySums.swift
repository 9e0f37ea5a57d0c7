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
        if unsafe cells[number / 64] & CountrySums.bit(number) == 0 { touch(number) }
        unsafe cells[CountrySums.words + number] &+= delta
    }

    private func touch(_ number: Int) {
        unsafe cells[number / 64] |= CountrySums.bit(number)
        unsafe cells[CountrySums.words + number] = 0
    }

    @inline(__always)
    private static func bit(_ number: Int) -> Int64 { Int64(bitPattern: 1 << UInt64(number % 64)) }

    /// How many countries were touched.
    var count: Int {
        (0..<CountrySums.words).reduce(0) { unsafe $0 + cells[$1].nonzeroBitCount }
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
