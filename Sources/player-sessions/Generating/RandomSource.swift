/// A reproducible stream of random numbers: SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
///
/// A step takes two multiplications, any seed is good, and streams of other indices are not needed.
struct RandomSource {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Creates the stream of a seed, a purpose and an index.
    init(seed: UInt64, purpose: UInt64, index: UInt64) {
        state = RandomSource.mix(RandomSource.mix(seed ^ purpose &* 0xD1B5_4A32_D192_ED03) ^ index)
    }

    /// Returns 64 random bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return RandomSource.mix(state)
    }

    /// Returns a number in 0..<1, of 53 bits.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Returns an integer below `bound`, which must be above 0; the bias is less than bound / 2⁶⁴.
    mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// Returns a normally distributed number with mean 0 and deviation 1, the sum of twelve 16-bit numbers.
    ///
    /// It is never further from 0 than 6 and needs no function of libm.
    mutating func normal() -> Double {
        var sum: UInt64 = 0
        for _ in 0..<3 {
            let bits = next()
            sum += (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
        }
        return (Double(sum) - 6 * 65_535) / 65_536
    }

    private static func mix(_ bits: UInt64) -> UInt64 {
        var bits = bits
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
