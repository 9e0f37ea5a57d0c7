/// A way of compression that bodies and files may have.
public enum CompressionFormat: Sendable, Hashable, CaseIterable {
    /// RFC 1952: one or more members.
    case gzip
    /// RFC 8878: one or more frames, skippable ones included.
    case zstd
    /// bzip2's own format: one or more streams.
    case bzip2

    /// How many bytes a member, frame or stream begins with that tell the format.
    var signatureLength: Int {
        switch self {
        case .gzip: 2
        case .zstd: 4
        case .bzip2: 3
        }
    }

    /// Says whether a signature may have `byte` at `position`, its first byte being `first`.
    ///
    /// zstd's old formats, which the library may still read, are left out.
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
