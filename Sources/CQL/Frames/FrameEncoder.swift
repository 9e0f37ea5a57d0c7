import ByteBuffers

/// Collects requests and frames them when the output is taken.
///
/// All waiting requests share version 5 frames, up to a frame's capacity, and so share checksums and compression.
struct FrameEncoder: ~Copyable {
    let version: ProtocolVersion
    let maximumFrameBytes: Int
    private(set) var framing = Framing.envelopes
    private(set) var compression: FrameCompression?

    /// Envelopes that have not been framed yet.
    private var envelopes = ByteBuffer()
    private var packed = ByteBuffer()

    /// Buffers larger than this, in bytes, are freed when they are empty.
    static let keptBytes = 1 << 20

    init(version: ProtocolVersion, maximumFrameBytes: Int) {
        self.version = version
        self.maximumFrameBytes = maximumFrameBytes
    }

    /// The number of bytes waiting.
    var count: Int { envelopes.count }

    /// Applies the framing and compression of the handshake.
    mutating func begin(_ compression: FrameCompression?) {
        self.compression = compression
        framing = version >= .v5 ? .segments : .envelopes
    }

    /// Appends an envelope; leaves nothing in the buffer if it cannot be encoded.
    mutating func append(
        _ opcode: Opcode,
        stream: Int16,
        isTraced: Bool = false,
        _ encodeBody: (inout ByteBuffer) throws(UnencodableRequest) -> Void
    ) throws(UnencodableRequest) {
        let start = envelopes.count
        var flags: EnvelopeHeader.Flags = isTraced ? .tracing : []
        EnvelopeHeader(
            version: version.rawValue,
            flags: flags,
            stream: stream,
            opcode: opcode.rawValue,
            length: 0
        )
        .write(to: &envelopes)
        let bodyStart = envelopes.count
        do throws(UnencodableRequest) {
            try encodeBody(&envelopes)
            let length = envelopes.count - bodyStart
            guard length <= maximumFrameBytes else {
                throw UnencodableRequest(
                    reason: "\(length) bytes are more than a frame's \(maximumFrameBytes)"
                )
            }
        } catch {
            envelopes.truncate(to: start)
            throw error
        }
        if framing == .envelopes, compression != nil, opcode != .options, packBody(from: bodyStart) {
            flags.insert(.compressed)
            envelopes.replace(at: start + 1, bigEndian: flags.rawValue)
        }
        envelopes.replace(at: start + 5, bigEndian: UInt32(envelopes.count - bodyStart))
    }

    /// Moves all waiting bytes into an empty buffer, whose memory is reused.
    mutating func take(into output: inout ByteBuffer) {
        precondition(output.isEmpty, "the buffer for the output holds bytes that are not written yet")
        switch framing {
        case .envelopes: swap(&envelopes, &output)
        case .segments:
            writeSegments(into: &output)
            envelopes.removeAll()
            packed.trim(to: FrameEncoder.keptBytes)
        }
        envelopes.trim(to: FrameEncoder.keptBytes)
    }

    /// Replaces a version 4 body by its length and its compressed form; returns false if that is not shorter.
    private mutating func packBody(from bodyStart: Int) -> Bool {
        let body = unsafe UnsafeRawBufferPointer(rebasing: envelopes.bytes[bodyStart...])
        packed.removeAll()
        packed.append(bigEndian: UInt32(body.count))
        guard unsafe LZ4.compress(body, into: &packed), packed.count < body.count else { return false }
        envelopes.truncate(to: bodyStart)
        unsafe envelopes.append(packed.bytes)
        return true
    }

    private mutating func writeSegments(into output: inout ByteBuffer) {
        let all = unsafe envelopes.bytes
        var offset = 0
        while offset < all.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: all[offset...])
            let whole = unsafe FrameEncoder.wholeEnvelopes(rest)
            if whole > 0 {
                let payload = unsafe UnsafeRawBufferPointer(rebasing: rest[..<whole])
                unsafe writeSegment(payload, isSelfContained: true, into: &output)
                offset += whole
            } else {
                let length = unsafe EnvelopeHeader.size + Int(EnvelopeHeader(rest).length)
                let envelope = unsafe UnsafeRawBufferPointer(rebasing: rest[..<length])
                unsafe writeParts(envelope, into: &output)
                offset += length
            }
        }
    }

    /// Returns the number of bytes of whole envelopes that fit into a frame.
    private static func wholeEnvelopes(_ envelopes: UnsafeRawBufferPointer) -> Int {
        var whole = 0
        while whole < envelopes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: envelopes[whole...])
            let length = unsafe EnvelopeHeader.size + Int(EnvelopeHeader(rest).length)
            guard whole + length <= SegmentHeader.maximumPayload else { break }
            whole += length
        }
        return whole
    }

    /// Writes an envelope that is longer than a frame.
    private mutating func writeParts(_ envelope: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var offset = 0
        while offset < envelope.count {
            let end = min(offset + SegmentHeader.maximumPayload, envelope.count)
            let part = unsafe UnsafeRawBufferPointer(rebasing: envelope[offset..<end])
            unsafe writeSegment(part, isSelfContained: false, into: &output)
            offset = end
        }
    }

    private mutating func writeSegment(
        _ payload: UnsafeRawBufferPointer,
        isSelfContained: Bool,
        into output: inout ByteBuffer
    ) {
        packed.removeAll()
        if compression != nil, unsafe LZ4.compress(payload, into: &packed) {
            SegmentHeader(
                payloadLength: packed.count,
                unpackedLength: payload.count,
                isSelfContained: isSelfContained
            ).write(to: &output, compression)
            let checksum = unsafe Checksum.crc32(packed.bytes)
            unsafe output.append(packed.bytes)
            output.append(littleEndian: UInt64(checksum), size: SegmentHeader.trailerSize)
        } else {
            SegmentHeader(payloadLength: payload.count, isSelfContained: isSelfContained)
                .write(to: &output, compression)
            unsafe output.append(payload)
            output.append(
                littleEndian: UInt64(unsafe Checksum.crc32(payload)),
                size: SegmentHeader.trailerSize
            )
        }
    }
}
