internal import CZlib

/// Owns a zlib handle that decompresses gzip members.
///
/// zlib verifies the header's checksum, if there is one, and the trailer's CRC and length. Takes about 40 KB.
@safe final class GzipDecoder: MemberDecoder {
    private let stream: UnsafeMutablePointer<z_stream>

    /// The largest window of deflate, 32 KiB; the added 16 makes zlib accept gzip only.
    private static let windowBits: Int32 = 15 + 16

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe inflateInit2_(
            stream,
            GzipDecoder.windowBits,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        precondition(status == Z_OK, "zlib has no memory, or another version than at build time")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecoderStep {
        // zlib accepts no null pointers, even for zero bytes; the stand-in is never read or written.
        var standIn: UInt8 = 0
        let inputSize = UInt32(min(input.count, maximumStepBytes))
        let outputSize = UInt32(min(output.count, maximumStepBytes))
        let status = unsafe withUnsafeMutablePointer(to: &standIn) { standIn in
            let inputBytes = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.next_in =
                unsafe inputBytes.map { unsafe UnsafeMutablePointer(mutating: $0) } ?? standIn
            unsafe stream.pointee.avail_in = inputSize
            unsafe stream.pointee.next_out =
                unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? standIn
            unsafe stream.pointee.avail_out = outputSize
            defer {
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.next_out = nil
            }
            return unsafe inflate(stream, Z_NO_FLUSH)
        }
        // Z_BUF_ERROR means that no progress was possible, which is not an error yet.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
            throw .corrupt(message ?? "zlib reports status \(status)")
        }
        return unsafe DecoderStep(
            consumed: Int(inputSize - stream.pointee.avail_in),
            produced: Int(outputSize - stream.pointee.avail_out),
            ended: status == Z_STREAM_END
        )
    }

    func reset() {
        let status = unsafe inflateReset(stream)
        precondition(status == Z_OK, "zlib refuses its own handle")
    }
}
