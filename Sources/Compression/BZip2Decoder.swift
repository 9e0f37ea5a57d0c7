internal import CBZip2

/// Owns a libbz2 handle that decompresses bzip2 streams.
///
/// libbz2 verifies the checksums of each block and of the stream. Takes up to 3.7 MB; a block of up to 900 KB is
/// decompressed as a whole before any of its bytes come out.
@safe final class BZip2Decoder: MemberDecoder {
    private let stream: UnsafeMutablePointer<bz_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: bz_stream())
        open()
    }

    deinit {
        unsafe BZ2_bzDecompressEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    private func open() {
        let status = unsafe BZ2_bzDecompressInit(stream, 0, 0)
        precondition(status == BZ_OK, "libbz2 has no memory")
    }

    func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> DecoderStep {
        let inputSize = UInt32(min(input.count, maximumStepBytes))
        let outputSize = UInt32(min(output.count, maximumStepBytes))
        let inputBytes = unsafe input.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.next_in = unsafe inputBytes.map { unsafe UnsafeMutablePointer(mutating: $0) }
        unsafe stream.pointee.avail_in = inputSize
        unsafe stream.pointee.next_out = unsafe output.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = outputSize
        let status = unsafe BZ2_bzDecompress(stream)
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.next_out = nil
        switch status {
        case BZ_OK, BZ_STREAM_END: break
        case BZ_DATA_ERROR: throw .corrupt("a check sum or the data of a block is wrong")
        case BZ_DATA_ERROR_MAGIC: throw .corrupt("the header of a stream is wrong")
        case BZ_MEM_ERROR: preconditionFailure("libbz2 has no memory")
        default: throw .corrupt("libbz2 reports status \(status)")
        }
        return unsafe DecoderStep(
            consumed: Int(inputSize - stream.pointee.avail_in),
            produced: Int(outputSize - stream.pointee.avail_out),
            ended: status == BZ_STREAM_END
        )
    }

    func reset() {
        unsafe BZ2_bzDecompressEnd(stream)
        open()
    }
}
