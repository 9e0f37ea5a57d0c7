import PlayerSessions

/// Sums by country: a cell for every country, and a bit for each one touched.
@safe final class CountrySums {
    private static let words = (CountryCode.count + 63) / 64

    /// The bits, then the sums, which are uninitialized until touched.
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

    /// The number of countries touched.
    var count: Int {
        (0..<CountrySums.words).reduce(0) { unsafe $0 + cells[$1].nonzeroBitCount }
    }

    /// Calls `body` with the number and the sum of every country touched, in rising order.
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
