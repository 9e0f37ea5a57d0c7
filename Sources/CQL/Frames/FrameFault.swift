/// What is wrong with a stream of frames: the connection cannot go on.
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

/// How envelopes lie in the stream of bytes.
enum Framing: Hashable {
    /// One behind the other: version 4, and every version's handshake.
    case envelopes
    /// In frames with checksums: version 5.
    case segments
}
