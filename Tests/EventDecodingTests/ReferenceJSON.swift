/// An independent judge of JSON: plain recursive descent after RFC 8259, on Unicode scalars instead of bytes.
///
/// It shares nothing with the decoders that it judges; invalid UTF-8 is found by the standard library.
struct ReferenceJSON {
    private var rest: Substring.UnicodeScalarView
    private struct Invalid: Error {}

    /// Whether a text is one JSON object of at most 1,024 levels with all surrogate escapes paired.
    static func isObject(_ text: [UInt8]) -> Bool {
        guard let string = String(validating: text, as: UTF8.self) else { return false }
        var judge = ReferenceJSON(rest: Substring(string).unicodeScalars)
        judge.space()
        guard judge.rest.first == "{", (try? judge.value(depth: 0)) != nil else { return false }
        judge.space()
        return judge.rest.isEmpty
    }

    private mutating func space() {
        rest = rest.drop { " \t\r\n".unicodeScalars.contains($0) }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func value(depth: Int) throws(Invalid) {
        space()
        guard let first = rest.first else { throw Invalid() }
        switch first {
        case "{", "[":
            guard depth < 1_024 else { throw Invalid() }
            try container(isObject: first == "{", depth: depth + 1)
        case "\"": try string()
        case "t": try word("true")
        case "f": try word("false")
        case "n": try word("null")
        default: try number()
        }
    }

    private mutating func container(isObject: Bool, depth: Int) throws(Invalid) {
        let close: Unicode.Scalar = isObject ? "}" : "]"
        rest.removeFirst()
        space()
        if take(close) { return }
        repeat {
            if isObject {
                space()
                guard rest.first == "\"" else { throw Invalid() }
                try string()
                space()
                guard take(":") else { throw Invalid() }
            }
            try value(depth: depth)
            space()
        } while take(",")
        guard take(close) else { throw Invalid() }
    }

    private mutating func word(_ word: String) throws(Invalid) {
        for scalar in word.unicodeScalars {
            guard take(scalar) else { throw Invalid() }
        }
    }

    private mutating func number() throws(Invalid) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
    }

    private mutating func digits() throws(Invalid) {
        guard let first = rest.first, ("0"..."9").contains(first) else { throw Invalid() }
        rest = rest.drop { ("0"..."9").contains($0) }
    }

    private mutating func string() throws(Invalid) {
        rest.removeFirst()
        var awaitsLow = false
        while let scalar = rest.popFirst() {
            var unit: UInt32 = 0
            if scalar == "\\" {
                guard let name = rest.popFirst() else { throw Invalid() }
                if name == "u" {
                    let digits = String(String.UnicodeScalarView(rest.prefix(4)))
                    guard digits.unicodeScalars.count == 4,
                        digits.unicodeScalars.allSatisfy({ $0.properties.isASCIIHexDigit }),
                        let value = UInt32(digits, radix: 16)
                    else { throw Invalid() }
                    rest = rest.dropFirst(4)
                    unit = value
                } else if !"\"\\/bfnrt".unicodeScalars.contains(name) {
                    throw Invalid()
                }
            } else if scalar.value < 0x20 {
                throw Invalid()
            }
            let isLow = (0xDC00...0xDFFF).contains(unit)
            guard isLow == awaitsLow else { throw Invalid() }
            awaitsLow = (0xD800...0xDBFF).contains(unit)
            if scalar == "\"" { return }
        }
        throw Invalid()
    }
}
