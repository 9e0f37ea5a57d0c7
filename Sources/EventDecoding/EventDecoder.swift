internal import CEventDecoding
public import PlayerSessions

/// Decodes bodies of event lines into events and errors.
///
/// It owns a parser with its memory (about 1 MB of address space), so one decoder serves one thread, for any number of
/// bodies. A valid line costs neither an allocation nor reference counting.
public struct EventDecoder: ~Copyable {
    /// The number of bytes after a body that must be readable, with any contents.
    public static let padding = 64

    private let limits: DecodingLimits
    private var reader = LineReader()

    /// Makes a decoder with its own parser.
    public init(limits: DecodingLimits) {
        self.limits = limits
    }

    /// Decodes a body of at most 4 GiB, whose lines are numbered from `firstLine`.
    ///
    /// A byte order mark is skipped before line 1 only.
    ///
    /// - Parameters:
    ///   - body: the lines, with at least `padding` readable bytes after them.
    ///   - now: the present, from which the clock skew is measured.
    ///   - firstLine: the number of the first line, for files that are decoded in pieces.
    /// - Returns: the valid events, and every error.
    /// - Throws: `BatchFault` before anything is parsed.
    public mutating func decode(
        _ body: UnsafeRawBufferPointer,
        now: Timestamp,
        firstLine: Int = 1
    ) throws(BatchFault) -> DecodedBatch {
        precondition(body.count <= Int(UInt32.max))
        let count = unsafe EventDecoder.lines(in: body, firstLine: firstLine)
        guard count <= limits.maximumEvents else { throw .tooManyEvents(count) }

        var batch = DecodedBatch(
            events: EventBatch(capacity: count),
            lines: count,
            errors: [],
            invalidLines: []
        )
        let latest = latestTimestamp(at: now)
        var lines = unsafe Lines(body, firstLine: firstLine)
        while let line = unsafe lines.next() { unsafe decode(line, latest: latest, into: &batch) }
        return batch
    }

    /// Returns the number of nonblank lines in a body, at a fraction of the cost of decoding.
    public static func lines(in body: UnsafeRawBufferPointer, firstLine: Int = 1) -> Int {
        var count = 0
        var lines = unsafe Lines(body, firstLine: firstLine)
        while unsafe lines.next() != nil { count += 1 }
        return count
    }

    /// Returns the number of a body's first nonblank line, 1 if there is none.
    public static func firstLine(of body: UnsafeRawBufferPointer) -> Int {
        var lines = unsafe Lines(body, firstLine: 1)
        return unsafe lines.next()?.number ?? 1
    }

    private mutating func decode(_ line: Lines.Line, latest: Timestamp, into batch: inout DecodedBatch) {
        let number = unsafe line.number
        let limits = limits
        do throws(JSONFault) {
            unsafe try reader.read(line.bytes) { fields, text in
                let checked = unsafe EventFields(fields, text, latest: latest)
                guard checked.areValid else {
                    unsafe EventDecoder.report(checked, line, limits: limits, to: &batch)
                    return
                }
                unsafe batch.events.append(
                    country: checked.countryCode,
                    playerID: text.extracting(fields.player_id.range),
                    sessionID: text.extracting(fields.session_id.range),
                    timestamp: checked.timestamp
                )
            }
        } catch {
            batch.invalidLines.append(number)
            if batch.errors.count < limits.maximumErrors {
                batch.errors.append(LineError(line: number, field: nil, message: error.description))
            }
        }
    }

    private static func report(
        _ fields: EventFields,
        _ line: Lines.Line,
        limits: DecodingLimits,
        to batch: inout DecodedBatch
    ) {
        unsafe batch.invalidLines.append(line.number)
        guard batch.errors.count < limits.maximumErrors else { return }
        let faults = fields.faults
        let clues =
            unsafe faults.contains(where: \.1.asksForClues)
            ? LineClues(line.bytes.bindMemory(to: UInt8.self).span) : LineClues()
        for (field, fault) in faults where batch.errors.count < limits.maximumErrors {
            let message = fault.message(
                for: field,
                clues,
                maximumClockSkewMicroseconds: limits.maximumClockSkewMicroseconds
            )
            unsafe batch.errors.append(LineError(line: line.number, field: field, message: message))
        }
    }

    private func latestTimestamp(at now: Timestamp) -> Timestamp {
        let (sum, overflow) = now.microseconds.addingReportingOverflow(limits.maximumClockSkewMicroseconds)
        return Timestamp(microseconds: overflow ? .max : sum)
    }
}
