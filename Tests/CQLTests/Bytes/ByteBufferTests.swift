import ByteBuffers
import Testing

@testable import CQL

@Suite struct ByteBufferTests {
    @Test func `bytes stay in their order while the buffer grows and shrinks`() {
        var buffer = ByteBuffer()
        for number in 0..<10_000 { buffer.append(UInt8(truncatingIfNeeded: number)) }
        buffer.removeFirst(9_000)
        #expect(contents(buffer) == (9_000..<10_000).map { UInt8(truncatingIfNeeded: $0) })
        buffer.truncate(to: 2)
        buffer.append([1, 2])
        #expect(contents(buffer) == [40, 41, 1, 2])
    }

    @Test func `integers can be put in later`() {
        var buffer = ByteBuffer()
        buffer.append(bigEndian: UInt32(0))
        buffer.append(littleEndian: 0x01_02_03, size: 3)
        buffer.replace(at: 0, bigEndian: UInt32(0xA0B0_C0D0))
        #expect(contents(buffer) == bytes(hex: "a0b0c0d0 030201"))
    }

    @Test func `names and ids that are too long for their length are refused`() {
        var buffer = ByteBuffer()
        let long = String(repeating: "x", count: 65_536)
        #expect(throws: UnencodableRequest.self) { try buffer.append(string: long) }
        #expect(throws: UnencodableRequest.self) {
            try buffer.append(shortBytes: [UInt8](repeating: 0, count: 65_536))
        }
        #expect(throws: UnencodableRequest.self) { try buffer.append(shortCount: 65_536, of: "values") }
        #expect(throws: Never.self) { try buffer.append(string: String(long.dropLast())) }
    }

    @Test func `memory above a limit is given back when nothing is in it`() {
        var buffer = ByteBuffer()
        buffer.append([UInt8](repeating: 1, count: 5_000))
        buffer.trim(to: 100)
        let size = buffer.count
        #expect(size == 5_000)
        buffer.removeAll()
        buffer.trim(to: 100)
        buffer.append(7)
        #expect(contents(buffer) == [7])
    }
}
