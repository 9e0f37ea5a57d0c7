import ByteBuffers
import Testing

@testable import CQL

@Suite struct FrameTests {
    /// Frames of envelopes with these bodies, on streams from 1 on.
    static func encoded(
        _ bodies: [[UInt8]],
        version: ProtocolVersion,
        compression: FrameCompression?
    ) throws -> [UInt8] {
        var encoder = FrameEncoder(version: version, maximumFrameBytes: 1 << 24)
        encoder.begin(compression)
        for (index, body) in bodies.enumerated() {
            try encoder.append(.query, stream: Int16(index + 1)) { $0.append(body) }
        }
        var output = ByteBuffer()
        encoder.take(into: &output)
        let size = encoder.count
        #expect(size == 0)
        return contents(output)
    }

    static let kinds: [(ProtocolVersion, FrameCompression?)] = [
        (.v4, nil), (.v4, .lz4), (.v5, nil), (.v5, .lz4),
    ]

    @Test(arguments: kinds)
    func `what is put into frames comes out of them`(
        version: ProtocolVersion,
        compression: FrameCompression?
    ) throws {
        let sizes = [
            0, 1, 600, 5_000, SegmentHeader.maximumPayload - 9, SegmentHeader.maximumPayload, 400_000, 7,
        ]
        let bodies = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 / 50) } }
        let stream = try Self.encoded(bodies, version: version, compression: compression)
        let (envelopes, fault) = decode(stream, isFramed: version == .v5, compression: compression)
        #expect(fault == nil)
        #expect(envelopes.map(\.body) == bodies)
        #expect(envelopes.map(\.header.stream) == [1, 2, 3, 4, 5, 6, 7, 8])
        if compression != nil { #expect(stream.count < 50_000) }
    }

    @Test func `small requests share a frame, and no frame is longer than allowed`() throws {
        let bodies = [[UInt8]](repeating: [UInt8](repeating: 1, count: 991), count: 200)
        let stream = try Self.encoded(bodies, version: .v5, compression: nil)
        // 131 envelopes of 1,000 bytes fit into a frame; each frame costs ten bytes.
        #expect(stream.count == 200 * 1_000 + 2 * 10)
    }

    @Test func `a request that is longer than a frame may be leaves nothing behind`() throws {
        var encoder = FrameEncoder(version: .v5, maximumFrameBytes: 100)
        try encoder.append(.query, stream: 1) { $0.append([UInt8](repeating: 1, count: 100)) }
        #expect(throws: UnencodableRequest.self) {
            try encoder.append(.query, stream: 2) { $0.append([UInt8](repeating: 1, count: 101)) }
        }
        let size = encoder.count
        #expect(size == 109)
    }

    @Test(arguments: kinds)
    func `a frame longer than allowed is refused before it has come`(
        version: ProtocolVersion,
        compression: FrameCompression?
    ) throws {
        let body = [[UInt8](repeating: 1, count: 300_000)]
        let stream = try Self.encoded(body, version: version, compression: compression)
        let (envelopes, fault) = decode(
            stream,
            isFramed: version == .v5,
            compression: compression,
            maximumFrameBytes: 299_999
        )
        #expect(envelopes.isEmpty)
        #expect(fault == .frameTooLong(length: 300_000, limit: 299_999))
    }

    @Test func `a header of the highest length is refused`() {
        let (_, fault) = decode(bytes(hex: "84 00 0001 08 ffffffff"), isFramed: false, compression: nil)
        #expect(fault == .frameTooLong(length: 0xFFFF_FFFF, limit: 256 << 20))
    }

    @Test(arguments: [FrameCompression?.none, .lz4])
    func `a damaged frame of version 5 is noticed wherever the damage is`(
        compression: FrameCompression?
    ) throws {
        let stream = try Self.encoded([[1, 2, 3]], version: .v5, compression: compression)
        for index in stream.indices {
            for bit in 0..<8 {
                var damaged = stream
                damaged[index] ^= 1 << UInt8(bit)
                let (envelopes, fault) = decode(damaged, isFramed: true, compression: compression)
                #expect(envelopes.isEmpty)
                #expect(fault == .damagedFrame)
            }
        }
    }

    /// A frame of version 5 with any payload.
    private func frame(_ payload: [UInt8], isSelfContained: Bool, unpacked: Int? = nil) -> [UInt8] {
        var buffer = ByteBuffer()
        SegmentHeader(
            payloadLength: payload.count,
            unpackedLength: unpacked ?? 0,
            isSelfContained: isSelfContained
        ).write(to: &buffer, unpacked == nil ? nil : .lz4)
        buffer.append(payload)
        let checksum = unsafe payload.withUnsafeBytes { unsafe Checksum.crc32($0) }
        buffer.append(littleEndian: UInt64(checksum), size: 4)
        return contents(buffer)
    }

    private let envelope = bytes(hex: "85 00 0001 08 00000004 00000001")

    @Test func `frames that do not fit together are violations`() {
        let cut = Array(envelope.dropLast())
        let violations: [([UInt8], String)] = [
            (frame(cut, isSelfContained: true), "a frame ends within a message"),
            (frame([1, 2], isSelfContained: true), "a frame ends within a message"),
            (
                frame(cut, isSelfContained: false) + frame(envelope, isSelfContained: true),
                "a frame begins within another message"
            ),
            (
                frame(cut, isSelfContained: false) + frame([0, 0], isSelfContained: false),
                "a message is longer than it says"
            ),
        ]
        for (stream, what) in violations {
            let (envelopes, fault) = decode(stream, isFramed: true, compression: nil)
            #expect(envelopes.isEmpty)
            #expect(fault == .protocolViolation(what))
        }
    }

    @Test func `frames without a payload are passed over`() {
        let stream =
            frame([], isSelfContained: true) + frame([], isSelfContained: false)
            + frame(envelope, isSelfContained: true)
        let (envelopes, fault) = decode(stream, isFramed: true, compression: nil)
        #expect(envelopes.count == 1)
        #expect(fault == nil)
    }

    @Test func `frames and messages that do not unpack are violations`() {
        let bad = frame([0xF0, 1, 2], isSelfContained: true, unpacked: 50)
        #expect(decode(bad, isFramed: true, compression: .lz4).fault != nil)
        // Version 4: no length; a length that the block cannot have; compression that was not agreed on.
        let short = bytes(hex: "84 01 0001 08 00000003 000001")
        #expect(decode(short, isFramed: false, compression: .lz4).fault != nil)
        let bomb = bytes(hex: "84 01 0001 08 00000006 0fffffff 1000")
        #expect(decode(bomb, isFramed: false, compression: .lz4).fault != nil)
        let long = bytes(hex: "84 01 0001 08 00000006 7fffffff 1000")
        #expect(
            decode(long, isFramed: false, compression: .lz4).fault
                == .frameTooLong(length: 0x7FFF_FFFF, limit: 256 << 20)
        )
        #expect(decode(bomb, isFramed: false, compression: nil).fault != nil)
    }

    @Test func `an empty body may be said to be compressed`() {
        let stream = bytes(hex: "84 01 0000 02 00000004 00000000")
        let (envelopes, fault) = decode(stream, isFramed: false, compression: .lz4)
        #expect(fault == nil)
        #expect(envelopes.map(\.body) == [[]])
    }
}
