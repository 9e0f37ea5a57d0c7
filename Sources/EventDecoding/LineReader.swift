internal import CEventDecoding

/// Reads the known fields of lines: with simdjson if it vouches for the line, else strictly.
@safe struct LineReader: ~Copyable {
    private let parser: OpaquePointer
    /// The text of the fields of a line that was read strictly.
    private var scratch: [UInt8] = []

    init() {
        // simdjson counts a scalar as a level, too; what it refuses near the limit is read strictly.
        guard let parser = unsafe event_parser_create(JSONScanner.maximumDepth) else {
            fatalError("no memory for a JSON parser")
        }
        unsafe self.parser = unsafe parser
    }

    deinit { unsafe event_parser_destroy(parser) }

    /// Reads a line and calls `take` with its fields and their text.
    ///
    /// At least `event_parser_padding` bytes after the line must be readable.
    mutating func read(
        _ line: UnsafeRawBufferPointer,
        _ take: (borrowing event_fields, Span<UInt8>) -> Void
    ) throws(JSONFault) {
        guard let start = unsafe line.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var fields = unsafe event_fields()
        if unsafe event_parser_read(parser, start, line.count, &fields) {
            let text = unsafe UnsafeBufferPointer(start: fields.text, count: Int(fields.text_length))
            unsafe take(fields, text.span)
        } else {
            unsafe try readStrictly(UnsafeBufferPointer(start: start, count: line.count).span, &fields)
            unsafe take(fields, scratch.span)
        }
    }

    /// Reads a line of any length into `fields`, and their text into `scratch`.
    private mutating func readStrictly(_ line: Span<UInt8>, _ fields: inout event_fields) throws(JSONFault) {
        scratch.removeAll(keepingCapacity: scratch.capacity <= 65_536)
        unsafe fields = event_fields()
        try JSONScanner.readObject(line) { name, value in
            let nameStart = scratch.count
            JSONString.resolve(name, of: line, into: &scratch)
            let field = EventField(name: scratch.span.extracting(nameStart...))
            scratch.removeSubrange(nameStart...)
            guard let field else { return }
            var read = event_field()
            read.kind = value.kind.rawValue
            read.offset = UInt32(scratch.count)
            if value.kind == .string { JSONString.resolve(value.text, of: line, into: &scratch) }
            read.length = UInt32(scratch.count) - read.offset
            unsafe LineReader.put(read, at: field, &fields)
        }
    }

    private static func put(_ read: event_field, at field: EventField, _ fields: inout event_fields) {
        func put(_ place: inout event_field) {
            let isTwice = place.kind != JSONKind.absent.rawValue
            place = read
            place.is_twice = isTwice
        }
        switch field {
        case .event: unsafe put(&fields.event)
        case .player_id: unsafe put(&fields.player_id)
        case .session_id: unsafe put(&fields.session_id)
        case .ts: unsafe put(&fields.ts)
        case .country: unsafe put(&fields.country)
        }
    }
}
