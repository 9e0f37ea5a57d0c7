import ByteBuffers

/// The bytes in front of a frame of version 5, which holds envelopes, or a part of one.
///
/// Source: the native protocol's specification, version 5, section 2.
struct SegmentHeader: Hashable {
    /// What the lengths' 17 bits can say.
    static let maximumPayload = (1 << 17) - 1
    /// The checksum's bytes in the header, and those behind the payload.
    static let checksumSize = 3
    static let trailerSize = 4

    /// How many bytes follow, the trailer left out.
    var payloadLength: Int
    /// What they unpack to; 0 where they are not compressed.
    var unpackedLength = 0
    /// Whether the payload holds whole envelopes.
    var isSelfContained: Bool

    /// The size of all of the header.
    static func size(_ compression: FrameCompression?) -> Int {
        dataSize(compression) + checksumSize
    }

    private static func dataSize(_ compression: FrameCompression?) -> Int {
        compression == nil ? 3 : 5
    }

    init(payloadLength: Int, unpackedLength: Int = 0, isSelfContained: Bool) {
        self.payloadLength = payloadLength
        self.unpackedLength = unpackedLength
        self.isSelfContained = isSelfContained
    }

    /// Reads a header from the front of at least `size` bytes; nil where its checksum does not match.
    init?(_ bytes: UnsafeRawBufferPointer, _ compression: FrameCompression?) {
        precondition(bytes.count >= SegmentHeader.size(compression))
        let dataSize = SegmentHeader.dataSize(compression)
        var value: UInt64 = 0
        for index in 0..<(dataSize + SegmentHeader.checksumSize) {
            value |= unsafe UInt64(bytes[index]) << UInt64(8 * index)
        }
        let data = value & (1 << UInt64(8 * dataSize) - 1)
        guard value >> UInt64(8 * dataSize) == UInt64(Checksum.crc24(data, size: dataSize)) else {
            return nil
        }
        payloadLength = Int(data) & SegmentHeader.maximumPayload
        if compression != nil { unpackedLength = Int(data >> 17) & SegmentHeader.maximumPayload }
        isSelfContained = (data >> (compression == nil ? 17 : 34)) & 1 == 1
    }

    func write(to buffer: inout ByteBuffer, _ compression: FrameCompression?) {
        var data = UInt64(payloadLength)
        if compression != nil { data |= UInt64(unpackedLength) << 17 }
        if isSelfContained { data |= 1 << (compression == nil ? 17 : 34) }
        let dataSize = SegmentHeader.dataSize(compression)
        buffer.append(littleEndian: data, size: dataSize)
        buffer.append(
            littleEndian: UInt64(Checksum.crc24(data, size: dataSize)),
            size: SegmentHeader.checksumSize
        )
    }
}
