import ByteBuffers

/// Decodes a chunked body (RFC 9112, section 7.1), more strictly than http-parser.
///
/// Debian's build of http-parser accepts any byte for the LF of a chunk's line. Extensions and trailers are read and
/// ignored; still, a trailer must be a field with a name and a colon.
struct ChunkedDecoder {
    enum Result {
        case incomplete
        case complete
        case tooLarge
        case fault(HTTPFault)
    }

    private enum State {
        case size, extensions, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailer, trailerLineFeed, endLineFeed, done
    }

    /// The most hexadecimal digits of a size, including leading zeros; more could overflow.
    private static let sizeDigits = 15
    /// The most bytes of all extensions of a body.
    private static let extensionBytes = 4_096
    /// The most bytes of all trailers of a body.
    private static let trailerBytes = 8_192

    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var extensionsSeen = 0
    private var trailersSeen = 0

    /// Consumes bytes from the front of `input` and appends the data to `body`, unless it would exceed `limit`.
    mutating func decode(
        _ input: inout UnsafeRawBufferPointer,
        into body: inout ByteBuffer,
        limit: Int
    ) -> Result {
        while let byte = unsafe input.first {
            if state == .data {
                let taken = min(remaining, input.count)
                unsafe body.append(UnsafeRawBufferPointer(rebasing: input[..<taken]))
                unsafe input = UnsafeRawBufferPointer(rebasing: input[taken...])
                remaining -= taken
                if remaining == 0 { state = .dataReturn }
                continue
            }
            if let result = step(byte) { return result }
            unsafe input = UnsafeRawBufferPointer(rebasing: input[1...])
            if state == .data, remaining > limit - body.count { return .tooLarge }
            if state == .done { return .complete }
        }
        return .incomplete
    }

    /// Consumes a byte that is not data; returns a fault if it is not allowed.
    private mutating func step(_ byte: UInt8) -> Result? {
        switch state {
        case .size: return takeSize(byte)
        case .extensions:
            extensionsSeen += 1
            if extensionsSeen > Self.extensionBytes {
                return .fault(.badRequest("Chunk extensions are too long."))
            }
            guard byte == 13 else { return refuseControl(byte) }
            state = .sizeLineFeed
        case .sizeLineFeed:
            guard byte == 10 else { return badLine }
            state = remaining == 0 ? .trailerStart : .data
            digits = 0
        case .data, .done: preconditionFailure("data is copied as a whole, and nothing follows the end")
        case .dataReturn:
            guard byte == 13 else { return .fault(.badRequest("A chunk is longer than its size.")) }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 10 else { return badLine }
            state = .size
        case .trailerStart:
            if byte == 13 {
                state = .endLineFeed
                return nil
            }
            if byte == 32 || byte == 9 { return .fault(.badRequest("A trailer begins with white space.")) }
            guard byte != UInt8(ascii: ":") else { return badTrailer }
            state = .trailerName
            return takeTrailer(byte)
        case .trailerName, .trailer: return takeTrailer(byte)
        case .trailerLineFeed:
            guard byte == 10 else { return badLine }
            state = .trailerStart
        case .endLineFeed:
            guard byte == 10 else { return badLine }
            state = .done
        }
        return nil
    }

    private mutating func takeSize(_ byte: UInt8) -> Result? {
        if let value = byte.hexadecimalValue {
            digits += 1
            if digits > Self.sizeDigits { return .fault(.badRequest("The size of a chunk is too large.")) }
            remaining = remaining * 16 + value
            return nil
        }
        guard digits > 0 else { return .fault(.badRequest("A chunk has no size.")) }
        switch byte {
        case 13: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensions
        default: return .fault(.badRequest("The size of a chunk is not hexadecimal."))
        }
        return nil
    }

    private mutating func takeTrailer(_ byte: UInt8) -> Result? {
        trailersSeen += 1
        if trailersSeen > Self.trailerBytes { return .fault(.headTooLarge) }
        if state == .trailerName {
            if byte == UInt8(ascii: ":") { state = .trailer } else if !byte.isToken { return badTrailer }
            return nil
        }
        if byte == 13 {
            state = .trailerLineFeed
            return nil
        }
        return refuseControl(byte)
    }

    private func refuseControl(_ byte: UInt8) -> Result? {
        byte.isControl ? .fault(.badRequest("A chunk's line or a trailer has a control character.")) : nil
    }

    private var badTrailer: Result {
        .fault(.badRequest("A trailer is not a name followed by a colon and a value."))
    }

    private var badLine: Result { .fault(.badRequest("A line of the chunked body does not end in CRLF.")) }
}
