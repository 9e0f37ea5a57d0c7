import EventDecoding
import Foundation
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

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// How long a fuzzer runs: a number of seeds, or FUZZ_SECONDS where that is set.
///
/// With FUZZ_SECONDS the seeds begin at the clock's, so that no run repeats another.
func fuzz(iterations: UInt64, _ body: (_ seed: UInt64) throws -> Void) rethrows {
    guard let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init) else {
        for seed in 0..<iterations { try body(seed) }
        return
    }
    let end = Date.now.addingTimeInterval(seconds)
    var seed = UInt64(Date.now.timeIntervalSince1970 * 1_000_000)
    while Date.now < end {
        try body(seed)
        seed += 1
    }
}
