/// Unpacks whole bodies of one format; keeps its library's handle for the next body.
protocol BodyDecoder: AnyObject {
    /// The most bytes that `input` may unpack to, as far as can be told without unpacking; at most `limit`.
    ///
    /// - Throws: What is wrong with the body, as far as that can be told; `tooLarge` above `limit`.
    func measure(_ input: UnsafeRawBufferPointer, limit: Int) throws(DecompressionError) -> Int

    /// Unpacks a measured input into a buffer that has more than the room measured.
    ///
    /// - Returns: The number of bytes written, or `nil` where the buffer is too small.
    func decompress(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> Int?
}

extension CompressionFormat {
    /// A decoder of whole bodies of this format.
    func makeBodyDecoder() -> any BodyDecoder {
        switch self {
        case .gzip, .bzip2: StreamBodyDecoder(self)
        case .zstd: ZstdBodyDecoder()
        }
    }
}
