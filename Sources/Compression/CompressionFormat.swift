/// A compression format of bodies and files.
public enum CompressionFormat: Sendable, Hashable, CaseIterable {
    /// RFC 1952: one or more members.
    case gzip
    /// RFC 8878: one or more frames, including skippable ones.
    case zstd
    /// bzip2's own format: one or more streams.
    case bzip2

    /// The number of bytes at the start of a member, frame or stream that identify the format.
    var signatureLength: Int {
        switch self {
        case .gzip: 2
        case .zstd: 4
        case .bzip2: 3
        }
    }

    /// Returns whether a signature that starts with `first` may have `byte` at `position`.
    ///
    /// zstd's legacy formats, which the library may still read, are excluded.
    func signatureAllows(_ byte: UInt8, at position: Int, first: UInt8?) -> Bool {
        switch self {
        case .gzip: return byte == [0x1F, 0x8B][position]
        case .bzip2: return byte == [0x42, 0x5A, 0x68][position]
        case .zstd:
            if position == 0 { return byte == 0x28 || (0x50...0x5F).contains(byte) }
            return byte == (first == 0x28 ? [0xB5, 0x2F, 0xFD] : [0x2A, 0x4D, 0x18])[position - 1]
        }
    }
}
