import ByteBuffers

/// OPTIONS: asks what a server can do; it has no body.
///
/// Any server answers it at any time, so that it serves as a sign of life, too.
/// Source: the native protocol's specification, version 5, section 4.1.3.
struct Options {
    func encode(into buffer: inout ByteBuffer) {}
}
