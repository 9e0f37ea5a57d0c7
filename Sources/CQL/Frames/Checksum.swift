internal import CZlib

/// The checksums of version 5 frames.
///
/// Source: the native protocol's specification, version 5, section 2; it does not mention the CRC32's initial bytes,
/// which were taken from the server's behaviour.
enum Checksum {
    private static let crc24Start: UInt32 = 0x87_5060
    private static let crc24Polynomial: UInt32 = 0x197_4F0B

    /// Returns the CRC24 of the lowest `size` bytes of a header, least significant byte first.
    static func crc24(_ header: UInt64, size: Int) -> UInt32 {
        var checksum = crc24Start
        for index in 0..<size {
            checksum ^= UInt32(truncatingIfNeeded: (header >> UInt64(8 * index)) & 0xFF) << 16
            for _ in 0..<8 {
                checksum <<= 1
                if checksum & 0x100_0000 != 0 { checksum ^= crc24Polynomial }
            }
        }
        return checksum
    }

    /// Returns the CRC32 of a payload, seeded with four bytes that both sides use, so that zeros do not pass for a
    /// payload.
    static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let start = unsafe start else { return UInt32(crc32Start) }
        return unsafe UInt32(truncatingIfNeeded: crc32_z(crc32Start, start, bytes.count))
    }

    private static let crc32Start: UInt = {
        let first: [UInt8] = [0xFA, 0x2D, 0x55, 0xCA]
        return unsafe first.withUnsafeBufferPointer { unsafe crc32_z(0, $0.baseAddress, $0.count) }
    }()
}
