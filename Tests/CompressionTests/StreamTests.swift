import Compression
import Testing

@Suite struct StreamTests {
    @Test(arguments: Fixture.all)
    func `a stream may be fed in any pieces`(_ fixture: Fixture) {
        let bytes = fixture.bytes + compress([], fixture.format) + fixture.bytes
        for input in 1...bytes.count {
            for output in [1, 2, 15, 1_000] {
                let unpacked = unpackStream(bytes, fixture.format, inputPiece: input, outputPiece: output)
                #expect(unpacked == .success(Fixture.text + Fixture.text), "pieces of \(input), \(output)")
            }
        }
    }

    @Test(arguments: CompressionFormat.allCases)
    func `a long stream comes back whole`(_ format: CompressionFormat) {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: ($0 / 3) &* ($0 >> 9)) }
        let half = bytes.count / 2
        let packed = compress(Array(bytes[..<half]), format) + compress(Array(bytes[half...]), format)
        for (input, output) in [(65_536, 65_536), (300_000, 4_096), (777, 1_000_000)] {
            let unpacked = unpackStream(packed, format, inputPiece: input, outputPiece: output)
            #expect(unpacked == .success(bytes), "pieces of \(input), \(output)")
        }
    }

    @Test(arguments: Fixture.all)
    func `bodies and streams agree on every fault`(_ fixture: Fixture) {
        var faulty = fixture.bytes.indices.map { Array(fixture.bytes[..<$0]) }
        faulty += [fixture.bytes + [0], fixture.bytes + [1, 2, 3, 4, 5], Array("plain text".utf8)]
        faulty += [fixture.bytes + fixture.bytes.dropLast()]
        for bytes in faulty {
            for piece in [1, 5, 1_000] {
                let stream = unpackStream(bytes, fixture.format, inputPiece: piece, outputPiece: 64)
                #expect(stream == unpack(bytes, fixture.format), "\(bytes) in pieces of \(piece)")
            }
        }
    }

    @Test(arguments: Fixture.all)
    func `what lies before a fault is handed over first`(_ fixture: Fixture) throws {
        var stream = StreamDecompressor(fixture.format)
        let bytes = fixture.bytes + [0]
        var output = [UInt8](repeating: 0, count: 2 * Fixture.text.count)
        let step = unsafe try bytes.withUnsafeBytes { bytes in
            unsafe try output.withUnsafeMutableBytes { unsafe try stream.decompress(from: bytes, into: $0) }
        }
        #expect(Array(output[..<step.produced]) == Fixture.text)
        var failure: DecompressionError?
        do throws(DecompressionError) { try stream.finish() } catch { failure = error }
        #expect(failure == .trailingBytes)
    }

    @Test func `skippable frames are skipped`() {
        let bytes = skippableFrame + compress(Fixture.text, .zstd) + skippableFrame
        for piece in 1...bytes.count {
            let unpacked = unpackStream(bytes, .zstd, inputPiece: piece, outputPiece: 4)
            #expect(unpacked == .success(Fixture.text), "pieces of \(piece)")
        }
    }

    @Test func `a stream that asks for a window above 128 MiB is refused, and is not called corrupt`() {
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 0xA8, 0b0000_1001, 0, 0, 0x41]
        let outcome = unpackStream(frame, .zstd, inputPiece: 100, outputPiece: 100)
        #expect(outcome == .failure(.windowTooLarge(limit: 128 << 20)))
        guard case .failure(let error) = outcome else { return }
        #expect(
            error.description.contains("more than 128 MiB")
                && error.description.contains("zstd -dc --long=31")
        )
    }

    @Test(arguments: Fixture.all)
    func `zeros behind a stream are passed over where that is asked for`(_ fixture: Fixture) {
        let zeros = [UInt8](repeating: 0, count: 700)
        for (bytes, times) in [
            (fixture.bytes + [0], 1), (fixture.bytes + zeros, 1),
            (fixture.bytes + zeros + fixture.bytes + zeros, 2),
        ] {
            for piece in [1, 5, 1_000] {
                let unpacked = unpackStream(
                    bytes,
                    fixture.format,
                    inputPiece: piece,
                    outputPiece: 64,
                    skipsPadding: true
                )
                #expect(unpacked == .success(Array(repeatElement(Fixture.text, count: times).joined())))
            }
        }
        for bytes in [
            fixture.bytes + zeros + [1], zeros + fixture.bytes, Array(fixture.bytes.dropLast(3)) + [0],
        ] {
            let unpacked = unpackStream(
                bytes,
                fixture.format,
                inputPiece: 9,
                outputPiece: 64,
                skipsPadding: true
            )
            guard case .failure = unpacked else {
                Issue.record("\(bytes) unpacked to \(unpacked)")
                continue
            }
        }
    }
}
