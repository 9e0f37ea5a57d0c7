/// Why compressed bytes cannot be decompressed.
public enum DecompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The bytes are not of the format, or a checksum is wrong; the text says what is wrong.
    case corrupt(String)
    /// The bytes end too early, or there are none.
    case truncated
    /// Bytes follow the end; in a body, zeros count too.
    case trailingBytes
    /// The bytes are complete, but decompressing them as a stream needs a window of more than `limit` bytes of memory.
    case windowTooLarge(limit: Int)
    /// The bytes decompress to more than `limit` bytes.
    case tooLarge(limit: Int)

    /// The error in words that follow "the body" or "the file".
    public var description: String {
        switch self {
        case .corrupt(let reason): "is corrupt: \(reason)"
        case .truncated: "ends too early"
        case .trailingBytes: "has bytes after its compressed data"
        case .windowTooLarge(let limit):
            "needs a window of more than \(limit >> 20) MiB, as zstd --long=28 to 31 makes it: unpack it by"
                + " zstd -dc --long=31, or pack it with --long=27"
        case .tooLarge(let limit): "unpacks to more than \(limit) bytes"
        }
    }
}
