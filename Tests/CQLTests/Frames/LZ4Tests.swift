import ByteBuffers
import Fuzzing
import Testing

@testable import CQL

@Suite struct LZ4Tests {
    private func compressed(_ input: [UInt8]) -> [UInt8]? {
        var output = ByteBuffer()
        output.append(7)
        let isShorter = unsafe input.withUnsafeBytes { unsafe LZ4.compress($0, into: &output) }
        guard isShorter else {
            let size = output.count
            #expect(size == 1)
            return nil
        }
        return Array(contents(output).dropFirst())
    }

    private func unpacked(_ input: [UInt8], count: Int) -> [UInt8]? {
        var output = ByteBuffer()
        let isWhole = unsafe input.withUnsafeBytes { unsafe LZ4.decompress($0, count: count, into: &output) }
        guard isWhole else {
            let isEmpty = output.isEmpty
            #expect(isEmpty)
            return nil
        }
        return contents(output)
    }

    @Test func `what is packed is unpacked`() throws {
        let input = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 100) }
        let packed = try #require(compressed(input))
        #expect(packed.count < 2_000)
        #expect(unpacked(packed, count: input.count) == input)
        #expect(unpacked(packed, count: input.count - 1) == nil)
        #expect(unpacked(packed, count: input.count + 1) == nil)
        #expect(unpacked(Array(packed.dropLast()), count: input.count) == nil)
    }

    @Test func `what is short or random is left as it is`() {
        #expect(compressed([UInt8](repeating: 0, count: LZ4.smallestInput - 1)) == nil)
        var random = SeededRandom(seed: 1)
        #expect(compressed((0..<5_000).map { _ in UInt8.random(in: 0...255, using: &random) }) == nil)
        #expect(compressed([]) == nil)
    }

    @Test func `no memory is reserved for a length that cannot be true`() {
        #expect(unpacked([0x10, 0x00], count: 1 << 30) == nil)
        #expect(unpacked([], count: 10) == nil)
    }
}
