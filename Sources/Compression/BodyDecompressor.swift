/// Decompresses whole bodies up to a limit, reusing the libraries' handles.
///
/// One per thread. A format costs nothing until its first use; then 40 KB for gzip, 160 KB for zstd, up to 4 MB for
/// bzip2.
public struct BodyDecompressor: ~Copyable {
    private var decoders: [CompressionFormat: any BodyDecoder] = [:]

    /// The largest limit that `decompress` accepts, in bytes.
    public static let maximumLimit = 1 << 30

    /// Makes a decompressor without handles.
    public init() {}

    /// Decompresses one whole body; consecutive gzip members, zstd frames or bzip2 streams form one body.
    ///
    /// Work and memory stop at the limit plus one block of the format. If the size is not known in advance, the limit
    /// is reserved as address space; only what is written becomes memory.
    ///
    /// - Parameters:
    ///   - input: The body as it was sent.
    ///   - format: The format of its compression.
    ///   - limit: The most bytes that it may decompress to, 0 to `maximumLimit`.
    ///   - padding: The number of zero bytes to append to the decompressed ones.
    /// - Returns: The decompressed bytes with the padding, and their number without it.
    /// - Throws: What is wrong with the body; an empty one is `truncated`.
    public mutating func decompress(
        _ input: UnsafeRawBufferPointer,
        _ format: CompressionFormat,
        limit: Int,
        padding: Int
    ) throws(DecompressionError) -> (bytes: [UInt8], count: Int) {
        precondition((0...BodyDecompressor.maximumLimit).contains(limit) && padding >= 0)
        guard unsafe !input.isEmpty else { throw .truncated }
        let decoder = decoders[format] ?? format.makeBodyDecoder()
        decoders[format] = decoder
        let room = unsafe try decoder.measure(input, limit: limit)

        var outcome = Result<Int, DecompressionError>.success(0)
        // One byte more than the bound; if it is filled too, the limit is exceeded.
        let capacity = room + max(padding, 1)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, size in
            let output = unsafe UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[...room]
            )
            do throws(DecompressionError) {
                guard let count = unsafe try decoder.decompress(input, into: output), count <= room else {
                    throw .tooLarge(limit: limit)
                }
                unsafe buffer.baseAddress?.advanced(by: count).initialize(repeating: 0, count: padding)
                size = count + padding
                outcome = .success(count)
            } catch {
                outcome = .failure(error)
            }
        }
        return (bytes, try outcome.get())
    }
}

/// Decompresses one whole body with new handles; `BodyDecompressor` reuses them.
///
/// - Parameters:
///   - input: The body as it was sent.
///   - format: The format of its compression.
///   - limit: The most bytes that it may decompress to, 0 to `BodyDecompressor.maximumLimit`.
///   - padding: The number of zero bytes to append to the decompressed ones.
/// - Returns: The decompressed bytes with the padding, and their number without it.
/// - Throws: What is wrong with the body.
public func decompress(
    _ input: UnsafeRawBufferPointer,
    _ format: CompressionFormat,
    limit: Int,
    padding: Int
) throws(DecompressionError) -> (bytes: [UInt8], count: Int) {
    var decompressor = BodyDecompressor()
    return unsafe try decompressor.decompress(input, format, limit: limit, padding: padding)
}
