import Compression
import Testing

@Suite struct BombTests {
    /// A frame of RLE blocks: every four bytes unpack to 128 KiB, which zstd itself hardly ever packs so well.
    private static func zstdBomb(bytes: Int, announced: UInt64?) -> [UInt8] {
        var bomb: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        if let announced {
            // Frame header: content size of eight bytes; then the window, 2 MiB.
            bomb += [0b1100_0000, 0x58] + (0..<8).map { UInt8(truncatingIfNeeded: announced >> (8 * $0)) }
        } else {
            bomb += [0, 0x58]
        }
        let blockSize: UInt32 = 131_072
        while bomb.count + 8 <= bytes {
            let head = blockSize << 3 | 1 << 1
            bomb += [UInt8(head & 0xFF), UInt8(head >> 8 & 0xFF), UInt8(head >> 16), 0]
        }
        return bomb + [UInt8(blockSize & 0x1F) << 3 | 0b011, 0, 0, 0]
    }

    private static let bombs: [(CompressionFormat, [UInt8])] = {
        let zeros = [UInt8](repeating: 0, count: 60 << 20)
        let gzip = compress(zeros, .gzip)
        precondition(gzip.count < 62_000)
        return [
            (.gzip, gzip),
            (.gzip, gzip + gzip),
            // libbz2 takes its time for zeros.
            (.bzip2, compress([UInt8](repeating: 0, count: 2 << 20), .bzip2)),
            (.zstd, compress(zeros, .zstd)),
            (.zstd, zstdBomb(bytes: 60_000, announced: nil)),
            (.zstd, zstdBomb(bytes: 60_000, announced: 15_000 * 131_072)),
            (.zstd, zstdBomb(bytes: 60_000, announced: UInt64.max - 10)),
            (.zstd, zstdBomb(bytes: 60_000, announced: 10)),
        ]
    }()

    @Test(arguments: [1_024, 65_536, 1 << 20])
    func `a bomb stops at the limit`(_ limit: Int) {
        for (format, bomb) in BombTests.bombs {
            let expected: DecompressionError = .tooLarge(limit: limit)
            let outcome = unpack(bomb, format, limit: limit)
            switch outcome {
            case .failure(expected), .failure(.corrupt): break
            default: Issue.record("\(format) of \(bomb.count) bytes: \(outcome)")
            }
        }
    }

    @Test func `the bomb is one`() {
        let bomb = BombTests.zstdBomb(bytes: 400, announced: nil)
        #expect(unpack(bomb, .zstd, limit: 1 << 24).map(\.count) == .success(97 * 131_072))
    }

    @Test func `a frame may ask for any window, as its body is the window`() {
        // 8 MiB, what RFC 9659 lets a client use, and 2 GiB; one raw block of a byte.
        for window: UInt8 in [0x68, 0xA8] {
            let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, window, 0b0000_1001, 0, 0, 0x41]
            #expect(unpack(frame, .zstd, limit: 1_024) == .success([0x41]))
        }
    }

    @Test func `many empty members cost what they are`() {
        let empty = compress([], .gzip)
        let many = [[UInt8]](repeating: empty, count: 65_536 / empty.count).flatMap { $0 }
        #expect(unpack(many, .gzip, limit: 10) == .success([]))
    }

    @Test func `a packed packet is unpacked once`() {
        let inner = compress([UInt8](repeating: 0, count: 1 << 20), .gzip)
        #expect(unpack(compress(inner, .gzip), .gzip, limit: inner.count) == .success(inner))
    }
}
