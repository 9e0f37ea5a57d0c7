import Glibc

/// Finds the end of a head that arrives in pieces, and refuses line ends other than CRLF.
///
/// The result depends on the bytes alone, never on how they were split. Each byte is scanned once.
struct HeadScanner {
    enum Result {
        case incomplete
        case complete(Int)
        case fault(HTTPFault)
    }

    private static let lineFeed: Int32 = 10
    private static let carriageReturn: UInt8 = 13
    /// The bytes allowed in a request line beside its target: a method, two spaces, the version, CRLF.
    private static let requestLineOverhead = 64

    private var offset = 0
    private var lineStart = 0

    /// Scans a head that begins at the first byte; `bytes` must begin with the bytes of earlier calls.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, _ limits: ConnectionLimits) -> Result {
        guard let base = bytes.baseAddress else { return .incomplete }
        let lineLimit = min(limits.maximumHeadBytes, limits.maximumTargetBytes + Self.requestLineOverhead)
        while true {
            let limit = lineStart == 0 ? lineLimit : limits.maximumHeadBytes
            let end = min(bytes.count, limit)
            guard
                end > offset,
                let found = unsafe memchr(base + offset, Self.lineFeed, end - offset)
            else {
                offset = max(offset, end)
                guard bytes.count >= limit else { return .incomplete }
                return .fault(lineStart == 0 ? .uriTooLong : .headTooLarge)
            }
            let index = unsafe UnsafeRawPointer(found) - base
            guard index > 0, unsafe bytes[index - 1] == Self.carriageReturn else {
                return .fault(.badRequest("A line of the head does not end in CRLF."))
            }
            if lineStart == index - 1 { return .complete(index + 1) }
            lineStart = index + 1
            offset = index + 1
        }
    }
}
