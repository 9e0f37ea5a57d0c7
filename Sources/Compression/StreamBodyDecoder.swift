/// Decompresses whole bodies of gzip or bzip2.
final class StreamBodyDecoder: BodyDecoder {
    private let format: CompressionFormat
    private var stream: StreamDecompressor

    /// Deflate expands a byte to at most 1,032 bytes: 258 for every two bits.
    private static let largestRatioOfDeflate = 1_032

    init(_ format: CompressionFormat) {
        self.format = format
        stream = StreamDecompressor(format)
    }

    func measure(_ input: UnsafeRawBufferPointer, limit: Int) throws(DecompressionError) -> Int {
        guard format == .gzip else { return limit }
        let bound = input.count.multipliedReportingOverflow(by: StreamBodyDecoder.largestRatioOfDeflate)
        return bound.overflow ? limit : min(limit, bound.partialValue)
    }

    func decompress(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> Int? {
        stream.reset()
        var consumed = 0
        var produced = 0
        while produced < output.count {
            let step = unsafe try stream.decompress(
                from: UnsafeRawBufferPointer(rebasing: input[consumed...]),
                into: UnsafeMutableRawBufferPointer(rebasing: output[produced...])
            )
            consumed += step.consumed
            produced += step.produced
            if consumed == input.count && produced < output.count {
                try stream.finish()
                return produced
            }
        }
        return nil
    }
}
