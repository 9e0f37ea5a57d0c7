import ByteBuffers
internal import CLZ4

/// Compression of LZ4 blocks, by the system's library.
enum LZ4 {
    /// Shorter payloads are not compressed, because it would save nothing.
    static let smallestInput = 512
    /// No LZ4 block expands by more than this factor.
    static let largestRatio = 255

    /// Appends the compressed bytes if they are fewer than the input, and returns whether they are.
    static func compress(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) -> Bool {
        guard input.count >= smallestInput, let size = Int32(exactly: input.count),
            let source = input.baseAddress
        else { return false }
        var written: Int32 = 0
        unsafe output.appendUpTo(input.count - 1) { target in
            written = unsafe LZ4_compress_default(
                source.assumingMemoryBound(to: CChar.self),
                target.assumingMemoryBound(to: CChar.self),
                size,
                size - 1
            )
            return Int(written)
        }
        return written > 0
    }

    /// Appends the decompressed bytes; returns false and appends nothing unless there are exactly `count`.
    static func decompress(
        _ input: UnsafeRawBufferPointer,
        count: Int,
        into output: inout ByteBuffer
    ) -> Bool {
        guard count <= input.count * largestRatio, let size = Int32(exactly: count),
            let inputSize = Int32(exactly: input.count), let source = input.baseAddress
        else { return false }
        var isWhole = false
        unsafe output.appendUpTo(count) { target in
            let written = unsafe LZ4_decompress_safe(
                source.assumingMemoryBound(to: CChar.self),
                target.assumingMemoryBound(to: CChar.self),
                inputSize,
                size
            )
            isWhole = written == size
            return isWhole ? count : 0
        }
        return isWhole
    }
}
