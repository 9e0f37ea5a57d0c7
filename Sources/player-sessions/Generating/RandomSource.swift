/// A reproducible stream of random numbers: SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
///
/// One multiplication a step, any seed is good, and numbers can be drawn for an index without those before it.
struct RandomSource {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for a seed, a purpose and an index.
    init(seed: UInt64, purpose: UInt64, index: UInt64) {
        state = RandomSource.mix(RandomSource.mix(seed ^ purpose &* 0xD1B5_4A32_D192_ED03) ^ index)
    }

    /// 64 random bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return RandomSource.mix(state)
    }

    /// A number in 0..<1, of 53 bits.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A whole number below `bound`, which is above 0; biased by less than bound / 2⁶⁴.
    mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// A number of the normal distribution with mean 0 and deviation 1, as the sum of twelve of 16 bits.
    ///
    /// Never further out than 6, and made without a function of libm.
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
