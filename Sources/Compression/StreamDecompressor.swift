/// Decompresses a file of any size in pieces: consecutive gzip members, zstd frames or bzip2 streams.
///
/// Memory is constant: 40 KB for gzip, 4 MB for bzip2, and for zstd the window that the file needs (up to 128 MiB).
/// After an error or `finish`, only `reset` may follow. One thread at a time.
public struct StreamDecompressor: ~Copyable {
    private let format: CompressionFormat
    private let skipsPadding: Bool
    private let decoder: any MemberDecoder
    private var position = Position.signature(length: 0)
    private var signature: [UInt8] = []
    private var completeMembers = 0
    /// Whether the last step filled its output, so that the library may hold more without further input.
    private var mayHoldOutput = false
    /// The error that the next call throws, since this call had output to return first.
    private var failure: DecompressionError?

    private enum Position {
        /// Before a member, with `length` bytes of its signature seen.
        case signature(length: Int)
        /// Inside a member.
        case member
    }

    /// Makes a decompressor of one format.
    ///
    /// - Parameters:
    ///   - format: The format of the file's compression.
    ///   - skipsPadding: Whether zeros after a member are skipped, as `gzip` does; archives, tapes and copies of whole
    ///     blocks are padded with them. Otherwise they are `trailingBytes`.
    public init(_ format: CompressionFormat, skipsPadding: Bool = false) {
        self.format = format
        self.skipsPadding = skipsPadding
        decoder = format.makeDecoder()
    }

    /// Decompresses until the input is consumed or the output is full.
    ///
    /// - Parameters:
    ///   - input: The next bytes of the file; may be empty.
    ///   - output: The buffer for the decompressed bytes; not empty.
    /// - Returns: The bytes consumed and written. If the output is full, more may come without further input: call
    ///   again with the rest of the input, even if it is empty.
    /// - Throws: `corrupt`, `trailingBytes` or `windowTooLarge`, after all output before it was returned.
    public mutating func decompress(
        from input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionError) -> (consumed: Int, produced: Int) {
        precondition(output.count > 0)
        if let failure { throw failure }
        var consumed = 0
        var produced = 0
        do {
            unsafe try advance(input, &consumed, output, &produced)
        } catch {
            guard produced > 0 else { throw error }
            failure = error
        }
        return (consumed, produced)
    }

    private mutating func advance(
        _ input: UnsafeRawBufferPointer,
        _ consumed: inout Int,
        _ output: UnsafeMutableRawBufferPointer,
        _ produced: inout Int
    ) throws(DecompressionError) {
        while produced < output.count {
            switch position {
            case .signature(let length):
                guard consumed < input.count else { return }
                if unsafe skipsPadding && length == 0 && completeMembers > 0 && input[consumed] == 0 {
                    consumed += 1
                    continue
                }
                unsafe try takeSignature(input[consumed], at: length)
                consumed += 1
            case .member:
                guard consumed < input.count || mayHoldOutput else { return }
                let step = unsafe try decoder.step(
                    UnsafeRawBufferPointer(rebasing: input[consumed...]),
                    UnsafeMutableRawBufferPointer(rebasing: output[produced...])
                )
                consumed += step.consumed
                produced += step.produced
                mayHoldOutput = produced == output.count
                if step.ended {
                    completeMembers += 1
                    restart()
                } else if step.consumed == 0, step.produced == 0, consumed < input.count {
                    throw .corrupt("the data leads nowhere")
                }
            }
        }
    }

    /// Checks that the input is complete.
    ///
    /// - Throws: `truncated` if the input ends inside a member or has none; otherwise any error that the next call
    ///   would throw.
    public func finish() throws(DecompressionError) {
        if let failure { throw failure }
        guard case .signature(length: 0) = position, completeMembers > 0 else { throw .truncated }
    }

    /// Prepares for another file.
    public mutating func reset() {
        completeMembers = 0
        failure = nil
        restart()
    }

    private mutating func restart() {
        decoder.reset()
        position = .signature(length: 0)
        signature.removeAll(keepingCapacity: true)
        mayHoldOutput = false
    }

    /// Checks one byte of a signature, which distinguishes trailing bytes from damage; passes a complete one to the
    /// decoder.
    private mutating func takeSignature(_ byte: UInt8, at length: Int) throws(DecompressionError) {
        guard format.signatureAllows(byte, at: length, first: signature.first) else {
            throw completeMembers > 0 ? .trailingBytes : .corrupt("it is not \(format) data")
        }
        signature.append(byte)
        guard signature.count == format.signatureLength else {
            position = .signature(length: length + 1)
            return
        }
        position = .member
        let step = unsafe try signature.span.bytes.withUnsafeBytes { bytes throws(DecompressionError) in
            unsafe try decoder.step(bytes, UnsafeMutableRawBufferPointer(start: nil, count: 0))
        }
        precondition(step.consumed == signature.count, "a signature is taken whole")
    }
}
