/// SUPPORTED: what a server can do.
///
/// Source: the native protocol's specification, version 5, section 4.2.4.
struct Supported: Sendable, Hashable {
    /// The values of each option of STARTUP.
    var options: [String: [String]]

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        options = try reader.stringMultimap()
    }

    /// The versions that the server speaks and that are no trials; nil where it does not say.
    var versions: [UInt8]? {
        options["PROTOCOL_VERSIONS"]?.filter { !$0.contains("beta") }.compactMap { version in
            UInt8(version.prefix { $0 != "/" })
        }
    }

    func supports(_ compression: FrameCompression) -> Bool {
        options["COMPRESSION"]?.contains { $0.lowercased() == compression.rawValue } ?? false
    }
}
