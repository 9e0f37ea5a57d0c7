/// Bytes as bodies that are packed, by hand: blocks that hold their bytes as they are.
enum Packing {
    /// One gzip member (RFC 1952) with one stored block (RFC 1951).
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let size = UInt16(bytes.count)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1] + little(size) + little(~size) + bytes
            + little(checksum(bytes)) + little(UInt32(bytes.count))
    }

    /// One zstd frame (RFC 8878) of a single segment with one raw block.
    static func zstd(_ bytes: [UInt8]) -> [UInt8] {
        let block = UInt32(bytes.count) << 3 | 1
        return [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(UInt32(bytes.count)) + little(block).prefix(3) + bytes
    }

    /// A zstd frame of spaces: four bytes for each 128 KiB that it unpacks to.
    static func bomb(megabytes: Int) -> [UInt8] {
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + little(UInt32(megabytes) << 20)
        for block in 0..<(megabytes * 8) {
            let last: UInt32 = block == megabytes * 8 - 1 ? 1 : 0
            frame += little(UInt32(131_072) << 3 | 1 << 1 | last).prefix(3) + [0x20]
        }
        return frame
    }

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// CRC-32 of ISO 3309, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = ~UInt32(0)
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
