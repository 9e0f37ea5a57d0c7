import Foundation

/// A configuration file: one JSON5 object.
///
/// Foundation decides what is JSON5 and resolves escapes and numbers. It drops duplicate keys and reports no lines, so
/// `JSON5Outline` locates the members.
enum ConfigurationFile {
    struct Member {
        var name: String
        var value: Value
        /// The line of the name, from 1.
        var line: Int
    }

    /// A value, as far as keys distinguish it.
    enum Value {
        case string(String)
        /// A number: its digits if it is an integer, else as written.
        case number(String)
        /// Anything else: as written, or a description of its kind.
        case other(String)
    }

    /// Larger than any configuration, so that a data file named by mistake is refused at once.
    static let maximumBytes = 1_048_576

    /// Reads the members of a file in order, including equal names.
    static func read(path: String) throws(ConfigurationError) -> [Member] {
        do throws(FileFault) {
            return try members(of: try contents(path: path))
        } catch {
            throw ConfigurationError(
                key: nil,
                source: .file(path: path, line: error.line),
                value: nil,
                reason: error.reason
            )
        }
    }

    static func members(of bytes: [UInt8]) throws(FileFault) -> [Member] {
        guard let whole = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw FileFault("is not JSON5: not a text in UTF-8")
        }
        let byteOrderMark: Unicode.Scalar = "\u{FEFF}"
        let text =
            whole.unicodeScalars.first == byteOrderMark ? String(whole.unicodeScalars.dropFirst()) : whole
        var outline = JSON5Outline(text)
        switch outline.firstCharacter() {
        case nil: throw FileFault("is empty; an empty configuration is {}")
        case UInt8(ascii: "{"): break
        default: throw FileFault("is not an object; it must look like {listen: \"127.0.0.1:5000\"}")
        }
        let (spans, isComplete) = outline.members()
        let isJSON5 = decode(AnyJSON5.self, text) != nil
        var members: [Member] = []
        for span in spans {
            guard let name = resolvedName(span.name) else {
                throw FileFault("is not JSON5: \(shown(span.name)) is no name", line: span.line)
            }
            guard isJSON5 || decode(AnyJSON5.self, span.value) != nil, let value = value(span.value) else {
                throw FileFault(
                    "is not JSON5: the value of \(shown(name)) cannot be read",
                    line: span.line
                )
            }
            members.append(Member(name: name, value: value, line: span.line))
        }
        guard isJSON5, isComplete else {
            throw FileFault(
                "is not JSON5: a comma, a colon, a quote or a bracket is wrong here",
                line: outline.line
            )
        }
        return members
    }

    private static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        return decoder
    }()

    private static func resolvedName(_ token: String) -> String? {
        // Foundation resolves a bare name only as a key of an object.
        if token.first == "\"" || token.first == "'" { return decode(String.self, token) }
        return decode([String: Bool].self, "{\(token): true}")?.keys.first
    }

    /// Returns the value of a token; `nil` if it is a string with an invalid escape, which Foundation checks only now,
    /// or if it looks like a number and is none.
    private static func value(_ token: String) -> Value? {
        switch token.utf8.first ?? 0 {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return decode(String.self, token).map { .string($0) }
        case 0x30...0x39, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            guard isNumber(token) else { return nil }
            return .number(decode(Int.self, token).map(String.init) ?? token)
        case UInt8(ascii: "{"): return .other("an object")
        case UInt8(ascii: "["): return .other("an array")
        default: return .other(token)
        }
    }

    /// Returns whether a token is a number by https://spec.json5.org; Foundation traps on some that are not (`0x0x`).
    private static func isNumber(_ token: String) -> Bool {
        let hexadecimal = /[+-]?0[xX][0-9a-fA-F]+/
        let decimal = /[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
        let other = /[+-]?(Infinity|NaN)/
        return token.wholeMatch(of: hexadecimal) != nil || token.wholeMatch(of: decimal) != nil
            || token.wholeMatch(of: other) != nil
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ token: String) -> Value? {
        try? decoder.decode(type, from: Data(token.utf8))
    }
}

/// Why a file cannot be used, worded to follow its name.
struct FileFault: Error {
    var reason: String
    var line: Int?

    init(_ reason: String, line: Int? = nil) {
        self.reason = reason
        self.line = line
    }
}

/// Accepts any JSON5, after Foundation has parsed the whole text.
private struct AnyJSON5: Decodable {
    init(from decoder: any Decoder) throws {}
}
