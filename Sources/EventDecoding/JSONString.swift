/// Checks the contents of JSON strings and resolves their escapes.
enum JSONString {
    /// Checks a string from after its opening quote, and stops at the closing one.
    ///
    /// - Returns: whether the string holds escapes.
    static func skip(_ text: Span<UInt8>, _ index: inout Int) throws(JSONFault) -> Bool {
        var hasEscapes = false
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\""): return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape(text, &index)
            case 0x00..<0x20: throw JSONFault(.controlCharacter, at: index)
            case 0x20..<0x80: index += 1
            default: index += try sequenceLength(text, at: index)
            }
        }
        throw JSONFault(.endsEarly, at: index)
    }

    /// Appends a checked string's text with its escapes resolved.
    static func resolve(_ string: JSONScanner.Text, of text: Span<UInt8>, into output: inout [UInt8]) {
        guard string.hasEscapes else {
            unsafe text.extracting(string.range).withUnsafeBufferPointer {
                unsafe output.append(contentsOf: $0)
            }
            return
        }
        var index = string.range.lowerBound
        while index < string.range.upperBound {
            let byte = text[index]
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                index += 1
                continue
            }
            let name = text[index + 1]
            index += 2
            switch name {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                output.append(
                    contentsOf: UTF8.encode(scalar(text, &index)) ?? UTF8.encodedReplacementCharacter
                )
            default: output.append(name)
            }
        }
    }

    /// Returns a checked string's text with its escapes resolved.
    static func string(_ string: JSONScanner.Text, of text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        resolve(string, of: text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns the field of a checked name, or `nil`; allocates only for names with escapes.
    static func field(_ name: JSONScanner.Text, of text: Span<UInt8>) -> EventField? {
        guard name.hasEscapes else { return EventField(name: text.extracting(name.range)) }
        // Field names have at most ten characters, each of at most six bytes.
        return name.range.count <= 60 ? EventField(rawValue: string(name, of: text)) : nil
    }

    /// Returns the character of a checked `\u` escape or surrogate pair, read from after the first `u`.
    private static func scalar(_ text: Span<UInt8>, _ index: inout Int) -> Unicode.Scalar {
        let first = UInt32(hexadecimal(text, at: index) ?? 0)
        index += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        let second = UInt32(hexadecimal(text, at: index + 2) ?? 0)
        index += 6
        return Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    /// Checks the escape at `index`, or both escapes of a surrogate pair.
    private static func skipEscape(_ text: Span<UInt8>, _ index: inout Int) throws(JSONFault) {
        guard index + 1 < text.count else { throw JSONFault(.endsEarly, at: text.count) }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal(text, at: index + 2) else {
                throw JSONFault(.invalidEscape, at: index)
            }
            guard !(0xDC00...0xDFFF).contains(unit) else { throw JSONFault(.unpairedSurrogate, at: index) }
            if (0xD800...0xDBFF).contains(unit) {
                guard index + 7 < text.count, text[index + 6] == UInt8(ascii: "\\"),
                    text[index + 7] == UInt8(ascii: "u"), let low = hexadecimal(text, at: index + 8),
                    (0xDC00...0xDFFF).contains(low)
                else { throw JSONFault(.unpairedSurrogate, at: index) }
                index += 6
            }
            index += 6
        default: throw JSONFault(.invalidEscape, at: index)
        }
    }

    /// Returns the number of four hexadecimal digits at `index`, or `nil`.
    private static func hexadecimal(_ text: Span<UInt8>, at index: Int) -> UInt16? {
        guard index + 4 <= text.count else { return nil }
        var value: UInt16 = 0
        for position in index..<(index + 4) {
            let digit: UInt8
            switch text[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[position] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[position] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = text[position] - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// Returns the length of the well-formed sequence of two to four bytes at `index` (Unicode 15, table 3-7).
    private static func sequenceLength(_ text: Span<UInt8>, at index: Int) throws(JSONFault) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch text[index] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONFault(.invalidUTF8, at: index)
        }
        guard index + length <= text.count, second.contains(text[index + 1]) else {
            throw JSONFault(.invalidUTF8, at: index)
        }
        for position in (index + 2)..<(index + length) where text[position] & 0xC0 != 0x80 {
            throw JSONFault(.invalidUTF8, at: index)
        }
        return length
    }
}
