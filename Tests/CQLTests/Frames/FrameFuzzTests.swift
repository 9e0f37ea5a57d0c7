import ByteBuffers
import Fuzzing
import Testing

@testable import CQL

// Strategy: random envelopes, from empty to several frames long, are put into the frames of both versions, with and
// without LZ4, and read back in random pieces; then with bytes changed, inserted, removed and doubled. Random bytes
// are read, too, behind headers with right checksums.
//
// Invariants:
// - Nothing traps; nothing is read outside of the bytes (the decoder's memory is its own, and each piece goes away).
// - Without damage all envelopes come out, whatever the pieces are, and nothing is held afterwards.
// - With damage, version 5 gives a prefix of the envelopes and then a fault, or the stream ends early: never others.
// - What is held is never more than what has come.
@Suite struct FrameFuzzTests {
    private func body(_ random: inout SeededRandom, largest: Int = 400_000) -> [UInt8] {
        let size: Int =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: Int.random(in: 0...largest, using: &random)
            case 1...3: Int.random(in: 0...3_000, using: &random)
            default: Int.random(in: 0...60, using: &random)
            }
        let variety = UInt8.random(in: 0...255, using: &random)
        var body: [UInt8] = []
        while body.count < size {
            let byte = UInt8.random(in: 0...variety, using: &random)
            body += [UInt8](repeating: byte, count: min(size - body.count, size / 50 + 1))
        }
        return body
    }

    @Test func `frames are read in any pieces`() {
        fuzz(rounds: 60) { seed in
            var random = SeededRandom(seed: seed)
            let (version, compression) = random.element(of: FrameTests.kinds)
            let bodies = (0..<Int.random(in: 1...6, using: &random)).map { _ in body(&random) }
            let stream = try? FrameTests.encoded(bodies, version: version, compression: compression)
            let largest = random.element(of: [1_000, 50_000, 1_000_000])
            let (envelopes, fault) = decode(stream ?? [], isFramed: version == .v5, compression: compression)
            {
                Int.random(in: 1...largest, using: &random)
            }
            if fault != nil || envelopes.map(\.body) != bodies { Issue.record("seed \(seed)") }
        }
    }

    @Test func `single bytes make no difference`() {
        fuzz(rounds: 20) { seed in
            var random = SeededRandom(seed: seed)
            let (version, compression) = random.element(of: FrameTests.kinds)
            let bodies = (0..<4).map { _ in body(&random, largest: 2_000) }
            let stream = try? FrameTests.encoded(bodies, version: version, compression: compression)
            let (envelopes, fault) = decode(stream ?? [], isFramed: version == .v5, compression: compression)
            { 1 }
            if fault != nil || envelopes.map(\.body) != bodies { Issue.record("seed \(seed)") }
        }
    }

    @Test func `damage never gives other messages in version 5, and never a crash`() {
        fuzz(rounds: 200) { seed in
            var random = SeededRandom(seed: seed)
            let (version, compression) = random.element(of: FrameTests.kinds)
            let bodies = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                body(&random, largest: 5_000)
            }
            guard
                var stream = try? FrameTests.encoded(bodies, version: version, compression: compression),
                !stream.isEmpty
            else { return }
            let whole = decode(stream, isFramed: version == .v5, compression: compression).envelopes
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&stream, &random) }
            let (envelopes, _) = decode(stream, isFramed: version == .v5, compression: compression) {
                Int.random(in: 1...3_000, using: &random)
            }
            guard version == .v5 else { return }
            // Whole frames can be doubled, which checksums do not show; what comes is some of what was sent.
            if !envelopes.allSatisfy(whole.contains) { Issue.record("seed \(seed)") }
        }
    }

    private func damage(_ stream: inout [UInt8], _ random: inout SeededRandom) {
        guard !stream.isEmpty else { return }
        let index = Int.random(in: 0..<stream.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: stream[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: stream.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 2: stream.remove(at: index)
        default:
            let end = min(stream.count, index + Int.random(in: 1...100, using: &random))
            stream.insert(contentsOf: stream[index..<end], at: index)
        }
    }

    @Test func `random payloads under right checksums are read or refused`() {
        fuzz(rounds: 500) { seed in
            var random = SeededRandom(seed: seed)
            let compression: FrameCompression? = Bool.random(using: &random) ? .lz4 : nil
            var stream = ByteBuffer()
            for _ in 0..<5 {
                let payload = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    random.once(in: 2) ? 0 : UInt8.random(in: 0...255, using: &random)
                }
                SegmentHeader(
                    payloadLength: payload.count,
                    unpackedLength: compression == nil
                        ? 0 : Int.random(in: 0...SegmentHeader.maximumPayload, using: &random),
                    isSelfContained: Bool.random(using: &random)
                ).write(to: &stream, compression)
                stream.append(payload)
                let checksum = unsafe payload.withUnsafeBytes { unsafe Checksum.crc32($0) }
                stream.append(littleEndian: UInt64(checksum), size: 4)
            }
            _ = decode(contents(stream), isFramed: true, compression: compression, maximumFrameBytes: 1 << 20)
            {
                Int.random(in: 1...50, using: &random)
            }
        }
    }

    @Test func `what is held is never more than what has come`() {
        fuzz(rounds: 200) { seed in
            var random = SeededRandom(seed: seed)
            var decoder = FrameDecoder(maximumFrameBytes: 256 << 20)
            if Bool.random(using: &random) { decoder.beginSegments(nil) }
            var total = 0
            do throws(FrameFault) {
                // A header that announces much, and then little.
                let header = EnvelopeHeader(version: 0x85, flags: [], stream: 1, opcode: 8, length: 200 << 20)
                var bytes = ByteBuffer()
                header.write(to: &bytes)
                bytes.append((0..<Int.random(in: 0...500, using: &random)).map { _ in 0 })
                total += bytes.count
                unsafe decoder.feed(bytes.bytes)
                while try decoder.next() != nil {}
                decoder.keep()
            } catch {
                // Random bytes are hardly a frame of version 5.
            }
            if decoder.heldBytes > total { Issue.record("seed \(seed)") }
        }
    }
}
