internal import CZstd

/// Owns a zstd handle that decompresses frames as a stream.
///
/// It holds a window as large as a frame needs, up to 128 MiB.
@safe final class ZstdDecoder: MemberDecoder {
    private let context: OpaquePointer

    /// The largest window, as a power of two; the default of `zstd -d`, too.
    private static let maximumWindowLog: Int32 = 27

    init() {
        guard let context = unsafe ZSTD_createDCtx() else { preconditionFailure("zstd has no memory") }
        unsafe self.context = context
        unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZstdDecoder.maximumWindowLog)
    }

    deinit {
        unsafe ZSTD_freeDCtx(context)
    }

    func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecoderStep {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = unsafe ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(status) == 0 else {
            throw ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge
                ? .windowTooLarge(limit: 1 << Int(ZstdDecoder.maximumWindowLog))
                : .corrupt(zstdMessage(status))
        }
        return unsafe DecoderStep(consumed: source.pos, produced: target.pos, ended: status == 0)
    }

    func reset() {
        unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    }
}

/// Returns the library's message for an error code.
func zstdMessage(_ status: Int) -> String {
    guard let name = unsafe ZSTD_getErrorName(status) else { return "zstd reports \(status)" }
    return unsafe String(cString: name)
}
