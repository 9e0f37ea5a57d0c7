/// The first half of MurmurHash3 (x64, 128 bits, seed 0), as Cassandra's partitioner computes it.
///
/// Cassandra differs from the published function in one point: it treats the bytes after the last whole block of
/// sixteen as signed, so a byte of 0x80 or above also sets all bits to its left.
///
/// Source: Austin Appleby's MurmurHash3, public domain; the difference was found with `SELECT token(…)`.
enum Murmur3 {
    private static let first: UInt64 = 0x87C3_7B91_1142_53D5
    private static let second: UInt64 = 0x4CF5_AD43_2745_937F

    static func hash(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var high: UInt64 = 0
        var low: UInt64 = 0
        let blocks = bytes.count / 16
        for block in 0..<blocks {
            let one = unsafe bytes.loadUnaligned(fromByteOffset: block * 16, as: UInt64.self)
            let two = unsafe bytes.loadUnaligned(fromByteOffset: block * 16 + 8, as: UInt64.self)
            high ^= mixedFirst(UInt64(littleEndian: one))
            high = (rotated(high, 27) &+ low) &* 5 &+ 0x52DC_E729
            low ^= mixedSecond(UInt64(littleEndian: two))
            low = (rotated(low, 31) &+ high) &* 5 &+ 0x3849_5AB5
        }
        let tail = unsafe UnsafeRawBufferPointer(rebasing: bytes[(blocks * 16)...])
        if tail.count > 8 { low ^= unsafe mixedSecond(signedBytes(tail, 8..<tail.count)) }
        if unsafe !tail.isEmpty { high ^= unsafe mixedFirst(signedBytes(tail, 0..<min(8, tail.count))) }
        return finished(high, low, count: UInt64(bytes.count))
    }

    private static func finished(_ high: UInt64, _ low: UInt64, count: UInt64) -> Int64 {
        var high = high ^ count
        var low = low ^ count
        high &+= low
        low &+= high
        return Int64(bitPattern: avalanched(high) &+ avalanched(low))
    }

    private static func signedBytes(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
        var word: UInt64 = 0
        for index in range {
            let signed = unsafe Int64(Int8(bitPattern: bytes[index]))
            word ^= UInt64(bitPattern: signed) << UInt64(8 * (index - range.lowerBound))
        }
        return word
    }

    private static func mixedFirst(_ word: UInt64) -> UInt64 { rotated(word &* first, 31) &* second }

    private static func mixedSecond(_ word: UInt64) -> UInt64 { rotated(word &* second, 33) &* first }

    private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        (word &<< bits) | (word &>> (64 - bits))
    }

    private static func avalanched(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word &>> 33)) &* 0xFF51_AFD7_ED55_8CCD
        word = (word ^ (word &>> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return word ^ (word &>> 33)
    }
}
