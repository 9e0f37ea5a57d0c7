/// Decompresses whole bodies of one format, reusing its library's handle.
protocol BodyDecoder: AnyObject {
    /// Returns an upper bound of the decompressed size, at most `limit`, without decompressing.
    ///
    /// - Throws: What is wrong with the body, as far as it shows without decompressing; `tooLarge` above `limit`.
    func measure(_ input: UnsafeRawBufferPointer, limit: Int) throws(DecompressionError) -> Int

    /// Decompresses a measured input into a buffer that is larger than the measured bound.
    ///
    /// - Returns: The number of bytes written, or `nil` if the buffer is too small.
    func decompress(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> Int?
}

extension CompressionFormat {
    func makeBodyDecoder() -> any BodyDecoder {
        switch self {
        case .gzip, .bzip2: StreamBodyDecoder(self)
        case .zstd: ZstdBodyDecoder()
        }
    }
}
