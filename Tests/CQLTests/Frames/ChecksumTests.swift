import Testing

@testable import CQL

@Suite struct ChecksumTests {
    @Test func `checksums are those of a server's frames`() throws {
        // An event, as it was recorded: 39 bytes, whole in its frame.
        let frame = bytes(
            hex: """
                270002 7a6d6b 8500ffff0c0000001e000d5354415455535f4348414e47450004444f574e047f000b020000235253921f69
                """
        )
        #expect(Checksum.crc24(0x02_0027, size: 3) == 0x6B_6D7A)
        let payload = Array(frame[6..<45])
        #expect(unsafe payload.withUnsafeBytes { unsafe Checksum.crc32($0) } == 0x691F_9253)
    }

    @Test func `no single flipped bit of a header goes unnoticed`() {
        let header: UInt64 = 0x02_1234
        for bit in 0..<24 {
            #expect(Checksum.crc24(header ^ 1 << UInt64(bit), size: 3) != Checksum.crc24(header, size: 3))
        }
    }

    @Test func `nothing has a checksum, too`() {
        #expect(unsafe Checksum.crc32(UnsafeRawBufferPointer(start: nil, count: 0)) != 0)
    }
}
