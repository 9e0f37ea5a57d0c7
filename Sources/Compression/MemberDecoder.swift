/// Decompresses one gzip member, zstd frame or bzip2 stream at a time with one handle of its library.
///
/// A class, because zlib and libbz2 refuse a handle whose address has changed.
protocol MemberDecoder: AnyObject {
    /// Decompresses until the input is consumed or the output is full.
    ///
    /// Neither pointer is kept. After `ended` or an error, only `reset` may follow.
    func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecoderStep

    /// Prepares for the next member.
    func reset()
}

/// The result of one step of a decoder.
struct DecoderStep {
    /// The bytes of input consumed.
    var consumed: Int
    /// The bytes of output written.
    var produced: Int
    /// Whether the member is complete and its checksums are verified.
    var ended: Bool
}

extension CompressionFormat {
    func makeDecoder() -> any MemberDecoder {
        switch self {
        case .gzip: GzipDecoder()
        case .zstd: ZstdDecoder()
        case .bzip2: BZip2Decoder()
        }
    }
}

/// The most bytes of input or output per step; the libraries count in 32 bits.
let maximumStepBytes = 1 << 30
