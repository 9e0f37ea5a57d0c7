import Compression
import Foundation
import Testing

/// What the commands made of "hello, players\n".
struct Fixture: Sendable, CustomTestStringConvertible {
    var name: String
    var format: CompressionFormat
    var base64: String
    var testDescription: String { name }
    var bytes: [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }

    static let text = Array("hello, players\n".utf8)

    static let all = [
        Fixture(
            name: "gzip -9, with a name",
            format: .gzip,
            base64: "H4sICO02BmsCA2hwAMtIzcnJ11EoyEmsTC0q5gIAjLvRlw8AAAA="
        ),
        Fixture(
            name: "gzip with every field of the header and its check sum",
            format: .gzip,
            base64:
                "H4sIHwAAAAAAAwQAYWJjZG5hbWUAY29tbWVudAB17stIzcnJ11EoyEmsTC0q5gIAjLvRlw8AAAA="
        ),
        Fixture(
            name: "zstd --check of a file",
            format: .zstd,
            base64: "KLUv/SQPeQAAaGVsbG8sIHBsYXllcnMKU4oshg=="
        ),
        Fixture(
            name: "zstd -19 of a pipe",
            format: .zstd,
            base64: "KLUv/QRoeQAAaGVsbG8sIHBsYXllcnMKU4oshg=="
        ),
        Fixture(
            name: "bzip2",
            format: .bzip2,
            base64: "QlpoOTFBWSZTWRZSJkoAAANRgAAQQAQiRNggIAAimA0yEDQNAwAFZNe10uF3JFOFCQFlImSg"
        ),
    ]
}

/// A skippable frame of zstd with four bytes.
let skippableFrame: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]

@Suite struct BodyTests {
    @Test(arguments: Fixture.all)
    func `what the commands pack is unpacked`(_ fixture: Fixture) {
        #expect(unpack(fixture.bytes, fixture.format) == .success(Fixture.text))
        #expect(unpack(fixture.bytes, fixture.format, padding: 0) == .success(Fixture.text))
    }

    @Test(arguments: CompressionFormat.allCases)
    func `bodies of every size come back`(_ format: CompressionFormat) {
        for size in [0, 1, 2, 63, 64, 65, 4_095, 65_536, 900_001] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
            #expect(unpack(compress(bytes, format), format) == .success(bytes), "\(size) bytes")
        }
    }

    @Test(arguments: Fixture.all)
    func `several members, frames or streams are one body`(_ fixture: Fixture) {
        let empty = compress([], fixture.format)
        let bytes = fixture.bytes + empty + fixture.bytes + compress(Fixture.text, fixture.format) + empty
        #expect(unpack(bytes, fixture.format) == .success(Fixture.text + Fixture.text + Fixture.text))
    }

    @Test func `skippable frames are skipped`() {
        let frame = compress(Fixture.text, .zstd)
        #expect(unpack(skippableFrame + frame + skippableFrame, .zstd) == .success(Fixture.text))
        #expect(unpack(skippableFrame, .zstd) == .success([]))
        #expect(unpack(skippableFrame.dropLast(), .zstd) == .failure(.truncated))
    }

    @Test(arguments: Fixture.all)
    func `a body that is cut anywhere is truncated`(_ fixture: Fixture) {
        for length in fixture.bytes.indices {
            let cut = Array(fixture.bytes[..<length])
            #expect(unpack(cut, fixture.format) == .failure(.truncated), "\(length) bytes")
            if length > 0 {
                #expect(
                    unpack(fixture.bytes + cut, fixture.format) == .failure(.truncated),
                    "\(length) bytes"
                )
            }
        }
    }

    @Test(arguments: Fixture.all)
    func `a flipped bit gives the same bytes or an error`(_ fixture: Fixture) {
        for index in fixture.bytes.indices {
            for bit in 0..<8 {
                var bytes = fixture.bytes
                bytes[index] ^= 1 << bit
                if case .success(let unpacked) = unpack(bytes, fixture.format) {
                    // Without its check sum, zstd could not tell; every fixture has one. A frame whose signature
                    // became that of a skippable one would be skipped, but no single bit does that.
                    #expect(unpacked == Fixture.text, "byte \(index), bit \(bit)")
                }
            }
        }
    }

    @Test(arguments: Fixture.all)
    func `bytes behind the end are told, zeros included`(_ fixture: Fixture) {
        for tail in [[0], [0, 0, 0, 0, 0, 0, 0, 0], Array("\n".utf8), Array("{\"event\":\"start\"}".utf8)] {
            #expect(unpack(fixture.bytes + tail, fixture.format) == .failure(.trailingBytes))
        }
    }

    @Test(arguments: CompressionFormat.allCases)
    func `what is not of the format is corrupt and named so`(_ format: CompressionFormat) {
        for text in ["{\"event\":\"start\"}", "x", "\0\0\0\0\0\0\0\0"] {
            #expect(
                unpack(Array(text.utf8), format) == .failure(.corrupt("it is not \(format) data")),
                "\(text)"
            )
        }
    }

    @Test(arguments: CompressionFormat.allCases)
    func `the limit is exact`(_ format: CompressionFormat) {
        for size in [0, 1, 1_000, 65_536, 131_072, 200_000] {
            let bytes = [UInt8](repeating: 7, count: size)
            let packed = compress(bytes, format)
            for padding in [0, 1, 64] {
                #expect(unpack(packed, format, limit: size, padding: padding) == .success(bytes))
                guard size > 0 else { continue }
                let above = unpack(packed, format, limit: size - 1, padding: padding)
                #expect(above == .failure(.tooLarge(limit: size - 1)))
            }
        }
    }

    @Test func `a decompressor serves again after any fault`() throws {
        var decompressor = BodyDecompressor()
        for fixture in Fixture.all + Fixture.all {
            for bytes in [Array(fixture.bytes.dropLast()), fixture.bytes + [0], fixture.bytes, [0]] {
                let span = unsafe bytes.span.bytes
                let body = unsafe try? span.withUnsafeBytes { bytes in
                    unsafe try decompressor.decompress(bytes, fixture.format, limit: 1_000, padding: 64)
                }
                #expect((body != nil) == (bytes == fixture.bytes))
                if let body { #expect(Array(body.bytes[..<body.count]) == Fixture.text) }
            }
        }
    }
}
