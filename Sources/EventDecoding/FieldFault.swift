internal import PlayerSessions

/// Why a field of a line is invalid; a trivial type, so that valid lines pay nothing for it.
enum FieldFault {
    case missing
    case givenTwice
    case notAString(JSONKind)
    case unknownEvent
    case identifier(Identifier.ValidationError)
    case timestamp(Timestamp.ParseError)
    case inTheFuture
    case notACountry

    /// Returns what is wrong and what would be right.
    func message(
        for field: EventField,
        _ clues: LineClues,
        maximumClockSkewMicroseconds skew: Int64
    ) -> String {
        switch self {
        case .missing:
            if let name = clues.nearNames[field] {
                "is missing; did you mean \"\(field.rawValue)\" where the line has \"\(name)\"?"
            } else {
                "is missing; " + FieldFault.rule(of: field)
            }
        case .givenTwice: "is given twice"
        case .notAString(.number) where field == .ts: Timestamp.ParseError.number(clues.number).description
        case .notAString(let kind): "must be a string, not \(kind)"
        case .unknownEvent, .notACountry: FieldFault.rule(of: field)
        case .identifier(let error): error.description
        case .timestamp(let error): error.description
        case .inTheFuture:
            "is more than \(FieldFault.seconds(skew)) seconds in the future (max_clock_skew_seconds)"
        }
    }

    /// Whether reading the line again can improve the message.
    var asksForClues: Bool {
        switch self {
        case .missing, .notAString(.number): true
        default: false
        }
    }

    private static func rule(of field: EventField) -> String {
        switch field {
        case .event: #"must be "start" or "end""#
        case .player_id, .session_id: "must be a string of 1 to \(Identifier.maximumLength) bytes"
        case .ts: Timestamp.ParseError.rule
        case .country: CountryCode.rule + ", in a start event"
        }
    }

    private static func seconds(_ microseconds: Int64) -> String {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: Microseconds.perSecond)
        if rest == 0 { return "\(whole)" }
        let digits = String(rest)
        return "\(whole)." + String(repeating: "0", count: 6 - digits.count) + digits
    }
}
