import PlayerSessions

/// Writes JSON (RFC 8259) in the form of the contract's examples: `{"accepted": 9, "expired": 1}`.
///
/// It writes the commas; the caller must name every member of an object.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Returns one object followed by a newline, so that a shell's prompt begins on its own line.
    static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(members)
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }

    mutating func object(_ members: (inout JSONWriter) -> Void) {
        enclose("{", members, "}")
    }

    mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        enclose("[", { writer in for element in elements { write(&writer, element) } }, "]")
    }

    /// Writes the name of the next member.
    mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        append("\": ")
        needsComma = false
    }

    mutating func name(_ country: CountryCode) {
        string(country.description)
        append(": ")
        needsComma = false
    }

    mutating func string(_ text: String) {
        string(utf8: text.utf8)
    }

    /// Writes a string of valid UTF-8, escaping only what JSON requires.
    mutating func string(utf8: some Sequence<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20:
                append(byte < 0x10 ? "\\u000" : "\\u001")
                bytes.append(JSONWriter.digits[Int(byte & 0xF)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func number(_ number: Int) {
        literal(String(number))
    }

    mutating func timestamp(_ timestamp: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        timestamp.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a non-negative duration in seconds, exact to the microsecond, in the fewest digits.
    mutating func seconds(microseconds: Int64) {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: Microseconds.perSecond)
        var text = String(seconds)
        if rest != 0 {
            let digits = String(Microseconds.perSecond + rest).dropFirst()
            let last = digits.lastIndex { $0 != "0" } ?? digits.startIndex
            text += "." + digits[...last]
        }
        literal(text)
    }

    /// Writes text that is already JSON.
    mutating func literal(_ text: String) {
        separate()
        append(text)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func enclose(_ open: String, _ content: (inout JSONWriter) -> Void, _ close: String) {
        separate()
        append(open)
        needsComma = false
        content(&self)
        append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { append(", ") }
        needsComma = true
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
