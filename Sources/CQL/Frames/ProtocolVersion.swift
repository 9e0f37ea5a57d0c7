/// A version of the native protocol that this client speaks.
public enum ProtocolVersion: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Version 4, of Cassandra 2.2 and later.
    case v4 = 4
    /// Version 5, of Cassandra 4.0 and later: frames have checksums.
    case v5 = 5

    /// Whether one version is older than the other.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The next older one; nil for the oldest.
    var older: ProtocolVersion? { ProtocolVersion(rawValue: rawValue - 1) }
}

/// How frames are compressed, by the name that the protocol has for it.
///
/// Version 5 knows no other; version 4 knows Snappy, too, which LZ4 beats in every respect.
public enum FrameCompression: String, Sendable, Hashable {
    /// LZ4 blocks.
    case lz4
}
