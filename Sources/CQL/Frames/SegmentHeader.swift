import ByteBuffers

/// The header of a version 5 frame, whose payload is whole envelopes or a part of one.
///
/// Source: the native protocol's specification, version 5, section 2.
struct SegmentHeader: Hashable {
    /// The largest length that fits into 17 bits.
    static let maximumPayload = (1 << 17) - 1
    /// The sizes in bytes of the header's checksum and of the payload's, which follows it.
    static let checksumSize = 3
    static let trailerSize = 4

    /// The number of bytes that follow, without the trailer.
    var payloadLength: Int
    /// The decompressed size; 0 if the payload is not compressed.
    var unpackedLength = 0
    /// Whether the payload holds whole envelopes.
    var isSelfContained: Bool

    /// Returns the size of the whole header.
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

    /// Reads a header from the start of at least `size` bytes; nil if its checksum does not match.
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
