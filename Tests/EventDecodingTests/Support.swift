import EventDecoding
import PlayerSessions

/// The present in tests of decoding: a day after the contract's example.
let now = Timestamp(microseconds: 1_480_769_285_520_022)

/// Limits that no test of a few lines meets.
func testLimits(events: Int = 10_000, errors: Int = 100, skewSeconds: Int64 = 86_400) -> DecodingLimits {
    DecodingLimits(
        maximumEvents: events,
        maximumErrors: errors,
        maximumClockSkewMicroseconds: skewSeconds * Microseconds.perSecond
    )
}

/// Decodes a body behind which lie bytes that would complete it, were they read.
func decode(
    _ body: [UInt8],
    limits: DecodingLimits = testLimits(),
    firstLine: Int = 1,
    padding: UInt8 = UInt8(ascii: "}")
) throws(BatchFault) -> DecodedBatch {
    var decoder = EventDecoder(limits: limits)
    return try decode(body, by: &decoder, firstLine: firstLine, padding: padding)
}

/// Decodes a body with a decoder that serves several.
func decode(
    _ body: [UInt8],
    by decoder: inout EventDecoder,
    firstLine: Int = 1,
    padding: UInt8 = UInt8(ascii: "}")
) throws(BatchFault) -> DecodedBatch {
    let padded = body + [UInt8](repeating: padding, count: EventDecoder.padding)
    var result = Result<DecodedBatch, BatchFault>.failure(.tooManyEvents(-1))
    unsafe padded.withUnsafeBytes { bytes in
        let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<body.count])
        do throws(BatchFault) {
            result = .success(try unsafe decoder.decode(body, now: now, firstLine: firstLine))
        } catch {
            result = .failure(error)
        }
    }
    return try result.get()
}

func decode(_ body: String, limits: DecodingLimits = testLimits()) throws(BatchFault) -> DecodedBatch {
    try decode(Array(body.utf8), limits: limits)
}

/// Decodes the body of a query.
func decodeQuery(_ body: [UInt8]) -> Result<[QueryMember], QueryBodyError> {
    var decoder = QueryDecoder()
    let padded = body + [UInt8](repeating: UInt8(ascii: "}"), count: EventDecoder.padding)
    return unsafe padded.withUnsafeBytes { bytes in
        let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<body.count])
        do throws(QueryBodyError) {
            return .success(try unsafe decoder.decode(body))
        } catch {
            return .failure(error)
        }
    }
}

/// A start event as JSON, with other values for some fields; `nil` leaves a field out.
func line(_ changes: KeyValuePairs<String, String?> = [:], adding members: String = "") -> String {
    var fields: [(String, String)] = [
        ("event", #""start""#), ("country", #""FI""#), ("player_id", #""p""#), ("session_id", #""s""#),
        ("ts", #""2016-12-02T12:48:05.520022""#),
    ]
    for (name, value) in changes {
        fields = fields.compactMap { $0.0 == name ? value.map { (name, $0) } : $0 }
    }
    return "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + members + "}"
}
