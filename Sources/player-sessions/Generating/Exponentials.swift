/// Powers and logarithms computed by IEEE 754's basic operations only.
///
/// The generator promises the same bytes for the same seed, but the last bit of libm's results differs between
/// versions.
enum Exponentials {
    private static let ln2 = 0.693_147_180_559_945_3

    /// Returns 2 to the power of `exponent`, for exponents of −1000 to 1000; the relative error is about 1e-13.
    static func power2(_ exponent: Double) -> Double {
        let whole = exponent.rounded()
        let rest = (exponent - whole) * ln2
        var sum = 1.0
        for term in stride(from: 12.0, through: 1, by: -1) { sum = 1 + sum * rest / term }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    /// Returns the binary logarithm of a number above 0; the error is about 1e-13.
    static func log2(_ number: Double) -> Double {
        // ln m = 2 artanh((m − 1) / (m + 1)), for m in 1..<2.
        let ratio = (number.significand - 1) / (number.significand + 1)
        var sum = 0.0
        for term in stride(from: 27.0, through: 1, by: -2) { sum = sum * ratio * ratio + 1 / term }
        return Double(number.exponent) + 2 * ratio * sum / ln2
    }
}
