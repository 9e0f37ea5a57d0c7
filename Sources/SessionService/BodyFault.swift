import EventDecoding

/// A body that is another thing as a whole than lines of events.
struct BodyFault: Sendable {
    /// What it is and what to do, to be read after "The body".
    private var description: String
    private var line: Int

    /// Recognizes what a body is, unpacked as its sender meant it; `nil` if it looks like lines of events.
    init?(_ lines: UnsafeRawBufferPointer, _ encoding: ContentEncoding, besideEvents: Bool = false) {
        let text = unsafe lines.bindMemory(to: UInt8.self).span
        guard let form = BodyForm(recognizing: text, besideEvents: besideEvents) else { return nil }
        description = form.description(in: encoding.place)
        line = unsafe EventDecoder.firstLine(of: lines)
    }

    /// The error of the body's first line, which stands for all of it.
    var error: LineError {
        LineError(line: line, field: nil, message: "is not an event: the body \(description)")
    }

    var problem: Problem {
        Problem(.invalidEvents, "The body \(description). Nothing was stored.", errors: [error])
    }
}

/// A batch that was decoded, and what its body is as a whole if it is no lines of events.
struct DecodedBody: Sendable {
    var batch: DecodedBatch
    var fault: BodyFault?
}
