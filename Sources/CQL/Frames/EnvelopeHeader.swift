import ByteBuffers

/// The nine bytes before every message.
///
/// Version 4 calls an envelope a frame; in version 5 a frame holds envelopes, see `SegmentHeader`. Source: the native
/// protocol's specification, version 5, section 2.4.
struct EnvelopeHeader: Hashable {
    static let size = 9
    /// The highest bit of the first byte, set in messages from a server.
    static let responseBit: UInt8 = 0x80

    struct Flags: OptionSet, Hashable {
        var rawValue: UInt8
        static let compressed = Flags(rawValue: 0x01)
        static let tracing = Flags(rawValue: 0x02)
        static let customPayload = Flags(rawValue: 0x04)
        static let warning = Flags(rawValue: 0x08)
    }

    /// The protocol version and the direction bit.
    var version: UInt8
    var flags: Flags
    var stream: Int16
    var opcode: UInt8
    /// The body's length in bytes; may exceed 2³¹ if this is not a header.
    var length: UInt32

    init(version: UInt8, flags: Flags, stream: Int16, opcode: UInt8, length: UInt32) {
        self.version = version
        self.flags = flags
        self.stream = stream
        self.opcode = opcode
        self.length = length
    }

    /// Reads a header from the start of at least nine bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= EnvelopeHeader.size)
        unsafe version = bytes[0]
        unsafe flags = Flags(rawValue: bytes[1])
        unsafe stream = Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: Int16.self))
        unsafe opcode = bytes[4]
        unsafe length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self))
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.append(version)
        buffer.append(flags.rawValue)
        buffer.append(bigEndian: stream)
        buffer.append(opcode)
        buffer.append(bigEndian: length)
    }
}

/// The kind of message in an envelope.
///
/// Source: the native protocol's specification, version 5, section 2.4.1.4.
enum Opcode: UInt8 {
    case error = 0x00
    case startup = 0x01
    case ready = 0x02
    case authenticate = 0x03
    case options = 0x05
    case supported = 0x06
    case query = 0x07
    case result = 0x08
    case prepare = 0x09
    case execute = 0x0A
    case register = 0x0B
    case event = 0x0C
    case batch = 0x0D
    case authChallenge = 0x0E
    case authResponse = 0x0F
    case authSuccess = 0x10
}
