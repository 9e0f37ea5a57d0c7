import ByteBuffers

/// A received message, whose body is in the decoder's memory until the next call.
@safe struct Envelope {
    var header: EnvelopeHeader
    var body: UnsafeRawBufferPointer
}

/// Splits the byte stream of a connection into envelopes, from version 4 or version 5 frames.
///
/// Whole messages are read in place. Only partial ones are buffered, and never more than the announced bytes that have
/// arrived.
@safe struct FrameDecoder: ~Copyable {
    private let maximumFrameBytes: Int
    private var framing = Framing.envelopes
    private var compression: FrameCompression?

    /// Bytes not consumed yet, in the caller's last piece or in `kept`.
    private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var inputIsKept = false
    private var kept = ByteBuffer()

    /// The rest of the current frame's payload.
    private var payload = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var unpacked = ByteBuffer()
    /// An envelope that spans several frames.
    private var assembly = ByteBuffer()
    private var assemblyIsDelivered = false

    /// Buffers larger than this, in bytes, are freed when they are empty.
    static let keptBytes = 1 << 20

    init(maximumFrameBytes: Int) {
        self.maximumFrameBytes = maximumFrameBytes
    }

    /// The number of bytes buffered for incomplete messages.
    var heldBytes: Int { kept.count + assembly.count }

    /// Accepts compressed bodies from now on (version 4).
    mutating func allowCompression(_ compression: FrameCompression?) {
        self.compression = compression
    }

    /// Expects version 5 frames from the next byte on.
    mutating func beginSegments(_ compression: FrameCompression?) {
        self.compression = compression
        framing = .segments
    }

    /// Takes a piece; before it becomes invalid, call `next` until it returns nil, then `keep`.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        precondition(unsafe input.isEmpty, "the piece before was not kept")
        if kept.isEmpty {
            unsafe input = bytes
            inputIsKept = false
        } else {
            unsafe kept.append(bytes)
            unsafe input = kept.bytes
            inputIsKept = true
        }
    }

    /// Buffers bytes not consumed yet and releases the piece.
    mutating func keep() {
        if inputIsKept {
            unsafe kept.removeFirst(kept.count - input.count)
        } else {
            unsafe kept.append(input)
        }
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
        inputIsKept = false
        kept.trim(to: FrameDecoder.keptBytes)
    }

    /// Drops all bytes; nothing more is read from the connection.
    mutating func close() {
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
        unsafe payload = UnsafeRawBufferPointer(start: nil, count: 0)
        inputIsKept = false
        release()
    }

    /// Returns the next envelope; nil if more bytes are needed.
    mutating func next() throws(FrameFault) -> Envelope? {
        switch framing {
        case .envelopes: try nextOfInput()
        case .segments: try nextOfSegments()
        }
    }

    private mutating func release() {
        kept.removeAll()
        kept.trim(to: 0)
        unpacked.removeAll()
        unpacked.trim(to: 0)
        assembly.removeAll()
        assembly.trim(to: 0)
    }
}

// Version 4, and the handshake of every version.
extension FrameDecoder {
    private mutating func nextOfInput() throws(FrameFault) -> Envelope? {
        guard let length = try unsafe envelopeLength(input), unsafe length <= input.count else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[..<length])
        unsafe input = UnsafeRawBufferPointer(rebasing: input[length...])
        var envelope = unsafe FrameDecoder.envelope(bytes)
        guard envelope.header.flags.contains(.compressed) else { return envelope }
        guard compression != nil else {
            throw .violation("a message is compressed, which was not agreed on")
        }
        unsafe envelope.body = try unpackBody(envelope.body)
        return envelope
    }

    /// Returns the size of the envelope that starts here; nil if its header is incomplete.
    private func envelopeLength(_ bytes: UnsafeRawBufferPointer) throws(FrameFault) -> Int? {
        guard bytes.count >= EnvelopeHeader.size else { return nil }
        let length = unsafe Int(EnvelopeHeader(bytes).length)
        guard length <= maximumFrameBytes else { throw .tooLong(length, limit: maximumFrameBytes) }
        return EnvelopeHeader.size + length
    }

    private static func envelope(_ bytes: UnsafeRawBufferPointer) -> Envelope {
        let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[EnvelopeHeader.size...])
        return unsafe Envelope(header: EnvelopeHeader(bytes), body: body)
    }

    /// Decompresses a version 4 body; its length is big-endian, unlike in LZ4's own format.
    private mutating func unpackBody(
        _ body: UnsafeRawBufferPointer
    ) throws(FrameFault) -> UnsafeRawBufferPointer {
        guard body.count >= 4 else { throw .violation("a compressed message has no length") }
        let length = unsafe Int(UInt32(bigEndian: body.loadUnaligned(as: UInt32.self)))
        guard length <= maximumFrameBytes else { throw .tooLong(length, limit: maximumFrameBytes) }
        unpacked.removeAll()
        unpacked.trim(to: FrameDecoder.keptBytes)
        guard length > 0 else { return unsafe unpacked.bytes }
        let block = unsafe UnsafeRawBufferPointer(rebasing: body[4...])
        guard unsafe LZ4.decompress(block, count: length, into: &unpacked) else {
            throw .violation("a compressed message does not unpack")
        }
        return unsafe unpacked.bytes
    }
}

// Version 5.
extension FrameDecoder {
    private mutating func nextOfSegments() throws(FrameFault) -> Envelope? {
        while true {
            if assemblyIsDelivered {
                assemblyIsDelivered = false
                assembly.removeAll()
                assembly.trim(to: FrameDecoder.keptBytes)
            }
            if unsafe !payload.isEmpty { return try nextOfPayload() }
            guard let header = try readSegment() else { return nil }
            if header.isSelfContained {
                guard assembly.isEmpty else { throw .violation("a frame begins within another message") }
            } else if let envelope = try assemble() {
                return envelope
            }
        }
    }

    private mutating func nextOfPayload() throws(FrameFault) -> Envelope {
        guard let length = try unsafe envelopeLength(payload), unsafe length <= payload.count else {
            throw .violation("a frame ends within a message")
        }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: payload[..<length])
        unsafe payload = UnsafeRawBufferPointer(rebasing: payload[length...])
        return unsafe FrameDecoder.envelope(bytes)
    }

    /// Appends the payload to the envelope in `assembly` and returns the envelope once it is complete.
    private mutating func assemble() throws(FrameFault) -> Envelope? {
        unsafe assembly.append(payload)
        unsafe payload = UnsafeRawBufferPointer(start: nil, count: 0)
        guard let length = try unsafe envelopeLength(assembly.bytes) else { return nil }
        guard assembly.count <= length else { throw .violation("a message is longer than it says") }
        guard assembly.count == length else { return nil }
        assemblyIsDelivered = true
        return unsafe FrameDecoder.envelope(assembly.bytes)
    }

    /// Consumes a frame from the input and sets `payload`; returns nil if the frame is incomplete.
    private mutating func readSegment() throws(FrameFault) -> SegmentHeader? {
        let headerSize = SegmentHeader.size(compression)
        guard unsafe input.count >= headerSize else { return nil }
        guard let header = unsafe SegmentHeader(input, compression) else { throw .damaged }
        let end = headerSize + header.payloadLength
        guard unsafe input.count >= end + SegmentHeader.trailerSize else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[headerSize..<end])
        let checksum = unsafe UInt32(littleEndian: input.loadUnaligned(fromByteOffset: end, as: UInt32.self))
        guard unsafe checksum == Checksum.crc32(bytes) else { throw .damaged }
        unsafe input = UnsafeRawBufferPointer(rebasing: input[(end + SegmentHeader.trailerSize)...])
        guard header.unpackedLength > 0 else {
            unsafe payload = bytes
            return header
        }
        unpacked.removeAll()
        guard unsafe LZ4.decompress(bytes, count: header.unpackedLength, into: &unpacked) else {
            throw .violation("a compressed frame does not unpack")
        }
        unsafe payload = unpacked.bytes
        return header
    }
}

/// An error in the stream of frames; the connection cannot be used any more.
struct FrameFault: Error {
    var cause: CQLError.Cause

    static let damaged = FrameFault(cause: .damagedFrame)

    static func violation(_ what: String) -> FrameFault {
        FrameFault(cause: .protocolViolation(what))
    }

    static func tooLong(_ length: Int, limit: Int) -> FrameFault {
        FrameFault(cause: .frameTooLong(length: length, limit: limit))
    }
}

/// How envelopes are laid out in the byte stream.
enum Framing: Hashable {
    /// One after another: version 4, and the handshake of every version.
    case envelopes
    /// In frames with checksums: version 5.
    case segments
}
