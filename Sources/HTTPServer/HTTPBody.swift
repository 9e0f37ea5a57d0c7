import ByteBuffers

/// The body of a large request, which stays where it is for as long as somebody holds it.
public final class HTTPBody: Sendable {
    private let buffer: ByteBuffer
    private let buffers: BufferShare?
    private let charge: Int

    /// Takes over a buffer that has `HTTPServer.bodyPadding` readable zero bytes behind its end, and what of it is
    /// counted.
    init(_ buffer: consuming ByteBuffer, _ buffers: BufferShare, charge: Int) {
        self.buffer = buffer
        self.buffers = buffers
        self.charge = charge
    }

    /// Copies bytes.
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

    /// How many bytes there are.
    public var count: Int { buffer.count }

    /// Calls `use` with the bytes; behind them lie `HTTPServer.bodyPadding` readable zero bytes.
    public func withBytes<Result>(_ use: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        unsafe try use(buffer.bytes)
    }
}
