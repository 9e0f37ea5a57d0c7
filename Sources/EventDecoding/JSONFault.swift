/// Why a text is not one JSON object, and where.
struct JSONFault: Error, Hashable {
    enum Reason: Hashable {
        case endsEarly
        case notAnObject(JSONKind)
        case somethingFollows(UInt8)
        case invalidUTF8
        case unpairedSurrogate
        case tooDeep
        case invalidEscape
        case controlCharacter
        case invalidNumber
        case unexpected(UInt8, expected: Expectation)
    }

    /// What the grammar expects at one place.
    enum Expectation: String {
        case value = "a value"
        case name = "a name in double quotes"
        case nameOrEnd = "a name in double quotes or a closing brace"
        case colon = "a colon"
        case commaOrBrace = "a comma or a closing brace"
        case commaOrBracket = "a comma or a closing bracket"
    }

    var reason: Reason
    /// The index of the offending byte.
    var offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONFault: CustomStringConvertible {
    /// What is wrong, with the place as a byte number from 1.
    var description: String {
        let place = "at byte \(offset + 1)"
        return switch reason {
        case .endsEarly: "ends before the object does"
        case .notAnObject(let kind): "is \(kind.description), not an object"
        case .somethingFollows(UInt8(ascii: "{")):
            "has another object \(place), which must begin a line of its own"
        case .somethingFollows(UInt8(ascii: ",")):
            "has a comma \(place), behind the object, where the line must end"
        case .somethingFollows: "has more behind the object, \(place)"
        case .invalidUTF8: "is not valid UTF-8 \(place)"
        case .unpairedSurrogate: "has an unpaired surrogate escape \(place)"
        case .tooDeep: "is nested deeper than 1,024 \(place)"
        case .invalidEscape: "has an escape that JSON does not know \(place)"
        case .controlCharacter: "has a control character in a string, which must be escaped, \(place)"
        case .invalidNumber: "has a number that is none in JSON \(place)"
        case .unexpected(let byte, let expected):
            "has \(JSONFault.name(of: byte)) \(place) where \(expected.rawValue) must be"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
        return "the byte 0x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
