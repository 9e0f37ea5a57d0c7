import ByteBuffers

/// STARTUP: begins a connection.
///
/// Source: the native protocol's specification, version 5, section 4.1.1.
struct Startup {
    var compression: FrameCompression?

    /// The one version of the language that the protocol knows.
    static let languageVersion = "3.0.0"

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        var options = ["CQL_VERSION": Startup.languageVersion]
        if let compression { options["COMPRESSION"] = compression.rawValue }
        try buffer.append(stringMap: options)
    }
}
