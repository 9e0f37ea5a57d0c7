import CBZip2
import CZlib
import CZstd
import Compression

/// Packs bytes with the libraries themselves, as one member, frame or stream.
func compress(_ bytes: [UInt8], _ format: CompressionFormat) -> [UInt8] {
    switch format {
    case .gzip: gzip(bytes)
    case .zstd: zstd(bytes)
    case .bzip2: bzip2(bytes)
    }
}

private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    unsafe deflateInit2_(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { unsafe deflateEnd(&stream) }
    let capacity = unsafe Int(deflateBound(&stream, UInt(bytes.count))) + 64
    return unsafe bytes.withUnsafeMutableBufferPointer { input in
        unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(capacity)
            precondition(unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END)
            count = unsafe capacity - Int(stream.avail_out)
        }
    }
}

private func zstd(_ bytes: [UInt8]) -> [UInt8] {
    let capacity = ZSTD_compressBound(bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        count = unsafe ZSTD_compress(output.baseAddress, capacity, bytes, bytes.count, 3)
        precondition(ZSTD_isError(count) == 0)
    }
}

private func bzip2(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes.map { CChar(bitPattern: $0) }
    var count = UInt32(bytes.count + bytes.count / 100 + 600)
    var output = [CChar](repeating: 0, count: Int(count))
    let size = UInt32(bytes.count)
    let status = unsafe BZ2_bzBuffToBuffCompress(&output, &count, &bytes, size, 9, 0, 0)
    precondition(status == BZ_OK)
    return output[..<Int(count)].map { UInt8(bitPattern: $0) }
}

/// Unpacks a body, or says what is wrong with it.
func unpack(
    _ input: [UInt8],
    _ format: CompressionFormat,
    limit: Int = 1 << 20,
    padding: Int = 64
) -> Result<[UInt8], DecompressionError> {
    do throws(DecompressionError) {
        let body = unsafe try input.span.bytes.withUnsafeBytes { bytes throws(DecompressionError) in
            unsafe try decompress(bytes, format, limit: limit, padding: padding)
        }
        precondition(body.bytes.count == body.count + padding && body.count <= limit)
        precondition(body.bytes[body.count...].allSatisfy { $0 == 0 })
        return .success(Array(body.bytes[..<body.count]))
    } catch {
        return .failure(error)
    }
}

/// Unpacks a stream in pieces of these sizes, or says what is wrong with it.
func unpackStream(
    _ input: [UInt8],
    _ format: CompressionFormat,
    inputPiece: Int,
    outputPiece: Int,
    skipsPadding: Bool = false
) -> Result<[UInt8], DecompressionError> {
    var stream = StreamDecompressor(format, skipsPadding: skipsPadding)
    var unpacked: [UInt8] = []
    var output = [UInt8](repeating: 0, count: outputPiece)
    do throws(DecompressionError) {
        var start = 0
        var isFull = false
        while start < input.count || isFull {
            let piece = Array(input[start..<min(start + inputPiece, input.count)])
            var target = output.mutableSpan
            let (consumed, produced) = unsafe try piece.span.bytes.withUnsafeBytes {
                source throws(DecompressionError) in
                unsafe try target.withUnsafeMutableBytes { target throws(DecompressionError) in
                    unsafe try stream.decompress(from: source, into: target)
                }
            }
            unpacked += output[..<produced]
            start += consumed
            isFull = produced == outputPiece
        }
        try stream.finish()
        return .success(unpacked)
    } catch {
        return .failure(error)
    }
}
