/// A version of the native protocol that this client supports.
public enum ProtocolVersion: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Version 4, of Cassandra 2.2 and later.
    case v4 = 4
    /// Version 5, of Cassandra 4.0 and later: frames have checksums.
    case v5 = 5

    /// Returns whether the left version is older.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The next older version; nil for the oldest.
    var older: ProtocolVersion? { ProtocolVersion(rawValue: rawValue - 1) }
}

/// A compression algorithm, by its name in the protocol.
///
/// Version 5 has no other; version 4 also has Snappy, which LZ4 beats in every respect.
public enum FrameCompression: String, Sendable, Hashable {
    /// LZ4 blocks.
    case lz4
}
