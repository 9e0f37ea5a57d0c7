/// How frames are compressed, by the name that the protocol has for it.
///
/// Version 5 knows no other; version 4 knows Snappy, too, which LZ4 beats in every respect.
public enum FrameCompression: String, Sendable, Hashable {
    /// LZ4 blocks.
    case lz4
}
