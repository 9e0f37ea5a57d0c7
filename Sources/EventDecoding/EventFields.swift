internal import CEventDecoding
internal import PlayerSessions

/// The checked fields of one line: what each holds, or why it is invalid.
struct EventFields {
    private enum Event { case start, end }

    private(set) var event: FieldFault?
    private(set) var playerID: FieldFault?
    private(set) var sessionID: FieldFault?
    private(set) var ts: FieldFault?
    private(set) var country: FieldFault?

    /// The event's instant; meaningful if `ts` has no fault.
    private(set) var timestamp = Timestamp.earliest
    /// A start's country; `nil` for an end.
    private(set) var countryCode: CountryCode?

    /// Checks the fields read from a line, whose strings are in `text`.
    init(_ fields: borrowing event_fields, _ text: Span<UInt8>, latest: Timestamp) {
        let kind = unsafe readEvent(fields.event, text)
        unsafe playerID = EventFields.checkIdentifier(fields.player_id, text)
        unsafe sessionID = EventFields.checkIdentifier(fields.session_id, text)
        unsafe readTimestamp(fields.ts, text, latest: latest)
        unsafe readCountry(fields.country, text, isRequired: kind == .start)
    }

    /// Whether all fields are valid.
    var areValid: Bool {
        event == nil && playerID == nil && sessionID == nil && ts == nil && country == nil
    }

    /// The faults of all invalid fields, in the order of the contract's table.
    var faults: [(EventField, FieldFault)] {
        let all: [(EventField, FieldFault?)] = [
            (.event, event), (.player_id, playerID), (.session_id, sessionID), (.ts, ts), (.country, country),
        ]
        return all.compactMap { field, fault in fault.map { (field, $0) } }
    }

    private mutating func readEvent(_ field: event_field, _ text: Span<UInt8>) -> Event? {
        event = EventFields.checkString(field)
        guard event == nil else { return nil }
        let name = text.extracting(field.range)
        if name.isEqual(to: "start") { return .start }
        if name.isEqual(to: "end") { return .end }
        event = .unknownEvent
        return nil
    }

    private mutating func readTimestamp(_ field: event_field, _ text: Span<UInt8>, latest: Timestamp) {
        ts = EventFields.checkString(field)
        guard ts == nil else { return }
        do throws(Timestamp.ParseError) {
            timestamp = try Timestamp(parsing: text.extracting(field.range))
            if timestamp > latest { ts = .inTheFuture }
        } catch {
            ts = .timestamp(error)
        }
    }

    /// `country` is validated on start events only; on others it merely must not occur twice.
    private mutating func readCountry(_ field: event_field, _ text: Span<UInt8>, isRequired: Bool) {
        if field.is_twice {
            country = .givenTwice
        } else if isRequired {
            country = EventFields.checkString(field)
            guard country == nil else { return }
            countryCode = CountryCode(text.extracting(field.range))
            if countryCode == nil { country = .notACountry }
        }
    }

    private static func checkIdentifier(_ field: event_field, _ text: Span<UInt8>) -> FieldFault? {
        if let fault = checkString(field) { return fault }
        return Identifier.validate(text.extracting(field.range)).map(FieldFault.identifier)
    }

    private static func checkString(_ field: event_field) -> FieldFault? {
        if field.is_twice { return .givenTwice }
        if field.kind == JSONKind.string.rawValue { return nil }
        let kind = JSONKind(rawValue: field.kind) ?? .absent
        return kind == .absent ? .missing : .notAString(kind)
    }
}

extension event_field {
    /// The location of a string in the text of its line.
    var range: Range<Int> { Int(offset)..<(Int(offset) + Int(length)) }
}
