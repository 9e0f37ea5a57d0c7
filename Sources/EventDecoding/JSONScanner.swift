/// A strict reader of JSON (RFC 8259), for lines that the fast parser does not vouch for.
///
/// It checks every byte, keeps numbers as they are written, and takes constant memory apart from a byte per level.
struct JSONScanner {
    /// A string that was read: the location of its text, without the quotes, and whether it holds escapes.
    struct Text {
        var range: Range<Int>
        var hasEscapes: Bool
    }

    /// A value that was read; `text` is the text of a string, or the whole of any other value.
    struct Value {
        var kind: JSONKind
        var text: Text
    }

    /// The most levels of objects and arrays, including the outermost.
    static let maximumDepth = 1_024

    /// The index of the next byte to read.
    private(set) var index = 0
    /// Whether each open container is an object.
    private var containers: [Bool] = []

    /// Reads all of `text` as one object; calls `member` for its members, in order, including duplicates.
    static func readObject(
        _ text: Span<UInt8>,
        member: (_ name: Text, _ value: Value) -> Void
    ) throws(JSONFault) {
        var scanner = JSONScanner()
        scanner.skipSpace(text)
        guard let first = scanner.peek(text) else { throw JSONFault(.endsEarly, at: scanner.index) }
        guard first == UInt8(ascii: "{") else {
            let value = try scanner.value(text)
            try scanner.end(text)
            throw JSONFault(.notAnObject(value.kind), at: value.text.range.lowerBound)
        }
        try scanner.members(text, member)
        try scanner.end(text)
    }

    /// Reads the object at the start of `text`, calls `member` for its members, and returns where it ends.
    static func readLeadingObject(
        _ text: Span<UInt8>,
        member: (_ name: Text, _ value: Value) -> Void
    ) throws(JSONFault) -> Int {
        var scanner = JSONScanner()
        try scanner.members(text, member)
        return scanner.index
    }

    /// Reads an object whose brace is next.
    private mutating func members(
        _ text: Span<UInt8>,
        _ member: (_ name: Text, _ value: Value) -> Void
    ) throws(JSONFault) {
        index += 1
        containers.append(true)
        var isFirst = true
        while let name = try name(text, isFirst: isFirst) {
            member(name, try value(text))
            isFirst = false
        }
    }

    /// Reads a member up to its value and returns its name, or `nil` at the end of the object.
    private mutating func name(_ text: Span<UInt8>, isFirst: Bool) throws(JSONFault) -> Text? {
        var byte = try next(text)
        if byte == UInt8(ascii: "}") {
            index += 1
            containers.removeLast()
            return nil
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw unexpected(byte, .commaOrBrace) }
            index += 1
            byte = try next(text)
        }
        guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, isFirst ? .nameOrEnd : .name) }
        let name = try string(text)
        let colon = try next(text)
        guard colon == UInt8(ascii: ":") else { throw unexpected(colon, .colon) }
        index += 1
        return name
    }

    /// Reads one value, including the contents of containers, without recursion.
    private mutating func value(_ text: Span<UInt8>) throws(JSONFault) -> Value {
        let outer = containers.count
        let first = try next(text)
        let start = index
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            return try scalar(first, text)
        }
        try open(first)
        var isFirst = true
        while containers.count > outer {
            if containers.last == true {
                guard try name(text, isFirst: isFirst) != nil else {
                    isFirst = false
                    continue
                }
            } else if try !element(text, isFirst: isFirst) {
                isFirst = false
                continue
            }
            let byte = try next(text)
            isFirst = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
            if isFirst { try open(byte) } else { _ = try scalar(byte, text) }
        }
        return Value(
            kind: first == UInt8(ascii: "{") ? .object : .array,
            text: Text(range: start..<index, hasEscapes: false)
        )
    }

    /// Reads up to an array's next element; returns `false` at the end of the array.
    private mutating func element(_ text: Span<UInt8>, isFirst: Bool) throws(JSONFault) -> Bool {
        let byte = try next(text)
        if byte == UInt8(ascii: "]") {
            index += 1
            containers.removeLast()
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else { throw unexpected(byte, .commaOrBracket) }
        index += 1
        return true
    }

    private mutating func open(_ bracket: UInt8) throws(JSONFault) {
        guard containers.count < JSONScanner.maximumDepth else { throw JSONFault(.tooDeep, at: index) }
        containers.append(bracket == UInt8(ascii: "{"))
        index += 1
    }

    private mutating func scalar(_ first: UInt8, _ text: Span<UInt8>) throws(JSONFault) -> Value {
        let start = index
        let kind: JSONKind
        switch first {
        case UInt8(ascii: "\""): return Value(kind: .string, text: try string(text))
        case UInt8(ascii: "t"): kind = try word("true", .true, text)
        case UInt8(ascii: "f"): kind = try word("false", .false, text)
        case UInt8(ascii: "n"): kind = try word("null", .null, text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): kind = try number(text)
        default: throw unexpected(first, .value)
        }
        return Value(kind: kind, text: Text(range: start..<index, hasEscapes: false))
    }

    private mutating func word(
        _ word: StaticString,
        _ kind: JSONKind,
        _ text: Span<UInt8>
    ) throws(JSONFault) -> JSONKind {
        for offset in 0..<word.utf8CodeUnitCount {
            guard let byte = peek(text) else { throw JSONFault(.endsEarly, at: index) }
            guard unsafe byte == word.utf8Start[offset] else { throw unexpected(byte, .value) }
            index += 1
        }
        return kind
    }

    private mutating func number(_ text: Span<UInt8>) throws(JSONFault) -> JSONKind {
        if peek(text) == UInt8(ascii: "-") { index += 1 }
        let first = peek(text)
        let whole = skipDigits(text)
        guard whole == 1 || (whole > 1 && first != UInt8(ascii: "0")) else {
            throw JSONFault(.invalidNumber, at: index)
        }
        if peek(text) == UInt8(ascii: ".") {
            index += 1
            guard skipDigits(text) > 0 else { throw JSONFault(.invalidNumber, at: index) }
        }
        if let exponent = peek(text), exponent | 0x20 == UInt8(ascii: "e") {
            index += 1
            if let sign = peek(text), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            guard skipDigits(text) > 0 else { throw JSONFault(.invalidNumber, at: index) }
        }
        return .number
    }

    private mutating func skipDigits(_ text: Span<UInt8>) -> Int {
        let start = index
        while let byte = peek(text), (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    /// Reads a string whose opening quote is next.
    private mutating func string(_ text: Span<UInt8>) throws(JSONFault) -> Text {
        index += 1
        let start = index
        let hasEscapes = try JSONString.skip(text, &index)
        defer { index += 1 }
        return Text(range: start..<index, hasEscapes: hasEscapes)
    }

    /// Throws if anything but white space is left.
    private mutating func end(_ text: Span<UInt8>) throws(JSONFault) {
        skipSpace(text)
        if let byte = peek(text) { throw JSONFault(.somethingFollows(byte), at: index) }
    }

    /// Returns the next byte that is not white space; throws at the end of the text.
    private mutating func next(_ text: Span<UInt8>) throws(JSONFault) -> UInt8 {
        skipSpace(text)
        guard let byte = peek(text) else { throw JSONFault(.endsEarly, at: index) }
        return byte
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while let byte = peek(text), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            index += 1
        }
    }

    private func peek(_ text: Span<UInt8>) -> UInt8? {
        index < text.count ? text[index] : nil
    }

    private func unexpected(_ byte: UInt8, _ expected: JSONFault.Expectation) -> JSONFault {
        JSONFault(.unexpected(byte, expected: expected), at: index)
    }
}
