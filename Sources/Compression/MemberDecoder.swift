/// Unpacks one gzip member, zstd frame or bzip2 stream at a time; each class owns one handle of its library.
///
/// Classes, because zlib and libbz2 refuse a handle whose address has changed.
protocol MemberDecoder: AnyObject {
    /// Unpacks as much as input and output have room for.
    ///
    /// Neither pointer is kept. After `ended` or an error only `reset` may follow.
    func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecoderStep

    /// Makes ready for the next member.
    func reset()
}

/// What one step of a decoder did.
struct DecoderStep {
    /// Bytes of input taken.
    var consumed: Int
    /// Bytes of output written.
    var produced: Int
    /// Whether the member is complete, its check sums verified.
    var ended: Bool
}

extension CompressionFormat {
    /// A decoder of this format.
    func makeDecoder() -> any MemberDecoder {
        switch self {
        case .gzip: GzipDecoder()
        case .zstd: ZstdDecoder()
        case .bzip2: BZip2Decoder()
        }
    }
}

/// The most bytes of input or output that a step takes: the libraries count in 32 bits.
let maximumStepBytes = 1 << 30
