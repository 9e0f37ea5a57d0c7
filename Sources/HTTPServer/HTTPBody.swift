import ByteBuffers

/// The body of a large request; its bytes do not move while the object lives.
public final class HTTPBody: Sendable {
    private let buffer: ByteBuffer
    private let buffers: BufferShare?
    private let charge: Int

    /// Takes ownership of a buffer followed by `HTTPServer.bodyPadding` readable zero bytes, and of its `charge`.
    init(_ buffer: consuming ByteBuffer, _ buffers: BufferShare, charge: Int) {
        self.buffer = buffer
        self.buffers = buffers
        self.charge = charge
    }

    /// Makes a body from a copy of the bytes.
    public init(copying bytes: UnsafeRawBufferPointer) {
        var buffer = ByteBuffer()
        _ = unsafe buffer.reserve(bytes.count + HTTPServer.bodyPadding)
        unsafe buffer.append(bytes)
        buffer.pad()
        self.buffer = buffer
        buffers = nil
        charge = 0
    }

    deinit {
        buffers?.give(charge)
    }

    /// The number of bytes.
    public var count: Int { buffer.count }

    /// Calls `use` with the bytes, which are followed by `HTTPServer.bodyPadding` readable zero bytes.
    public func withBytes<Result>(_ use: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        unsafe try use(buffer.bytes)
    }
}
