/// Unpacks whole bodies up to a limit, and keeps the libraries' handles for the next body.
///
/// One a thread. It costs nothing until a format is used for the first time; then 40 KB for gzip, 160 KB for zstd,
/// up to 4 MB for bzip2.
public struct BodyDecompressor: ~Copyable {
    private var decoders: [CompressionFormat: any BodyDecoder] = [:]

    /// The largest limit that `decompress` takes, in bytes.
    public static let maximumLimit = 1 << 30

    /// Makes a decompressor without handles.
    public init() {}

    /// Unpacks one whole body: several gzip members, zstd frames or bzip2 streams in a row are one body.
    ///
    /// Work and memory stop at the limit plus one block of the format. The limit is set aside as address space where
    /// the size is not known before; only what is written becomes memory.
    ///
    /// - Parameters:
    ///   - input: The body as it was sent.
    ///   - format: What it was packed with.
    ///   - limit: The most bytes that it may unpack to, 0 to `maximumLimit`.
    ///   - padding: How many zero bytes to put behind the unpacked ones.
    /// - Returns: The unpacked bytes with the padding, and how many there are without it.
    /// - Throws: What is wrong with the body; no bytes at all are `truncated`.
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
        // One byte more than the room: filling that, too, shows that the limit was passed.
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

/// Unpacks one whole body with handles of its own; `BodyDecompressor` keeps them for the next.
///
/// - Parameters:
///   - input: The body as it was sent.
///   - format: What it was packed with.
///   - limit: The most bytes that it may unpack to, 0 to `BodyDecompressor.maximumLimit`.
///   - padding: How many zero bytes to put behind the unpacked ones.
/// - Returns: The unpacked bytes with the padding, and how many there are without it.
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
