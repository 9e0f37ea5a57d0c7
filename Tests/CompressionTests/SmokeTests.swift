import Compression
import Testing

@Suite struct SmokeTests {
    @Test(arguments: CompressionFormat.allCases)
    func `x`(_ format: CompressionFormat) {
        #expect(unpack(compress(Array("hello".utf8), format), format) == .success(Array("hello".utf8)))
    }
}
