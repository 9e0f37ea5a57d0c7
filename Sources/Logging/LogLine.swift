import Glibc
internal import Text

/// One line of the log, before it is rendered as text or JSON.
///
/// Values may come from anyone who can send a request, so no value can end its line, pass for another key or control a
/// terminal: what is unsafe to show is escaped, and a value with a space, a quote or `=` is quoted.
struct LogLine {
    /// When a line was written, to the millisecond.
    struct Instant {
        var seconds: Int
        var milliseconds: Int

        static var now: Instant {
            var time = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            return Instant(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
        }

        /// The instant in RFC 3339, in UTC: `2016-12-02T12:48:05.520Z`.
        var description: String {
            var seconds = seconds
            var parts = unsafe tm()
            var text = [CChar](repeating: 0, count: 32)
            unsafe gmtime_r(&seconds, &parts)
            let length = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
            let fraction = String(1_000 + milliseconds).dropFirst()
            return String(decoding: text.prefix(length).map(UInt8.init), as: UTF8.self) + ".\(fraction)Z"
        }
    }

    /// The most bytes of one value, including escapes, so that a line stays below what a pipe accepts in one piece.
    static let maximumValueLength = 1_024

    var instant: Instant
    var level: Logger.Level
    var message: String
    var values: [(String, any LogValue)]

    /// The line as text with its newline: `2016-12-02T12:48:05.520Z info store opened path=./data`.
    var text: [UInt8] {
        var line = "\(instant.description) \(level) "
        LogLine.appendEscaped(message, to: &line, quotes: false)
        for (key, value) in values {
            line += " "
            LogLine.appendEscaped(key, to: &line, quotes: false)
            line += "="
            let value = LogLine.cut(value.description)
            if LogLine.needsQuotes(value) {
                line += "\""
                LogLine.appendEscaped(value, to: &line, quotes: true)
                line += "\""
            } else {
                line += value
            }
        }
        return Array((line + "\n").utf8)
    }

    /// The line as one JSON object with `time`, `level`, `message` and the values, with its newline.
    var json: [UInt8] {
        var line = ""
        let fixed: [(String, any LogValue)] = [
            ("time", instant.description), ("level", "\(level)"), ("message", message),
        ]
        for (key, value) in fixed + values {
            line += line.isEmpty ? "{\"" : ", \""
            LogLine.appendEscaped(key, to: &line, quotes: true)
            line += "\": "
            if value.isNumber {
                line += value.description
                continue
            }
            line += "\""
            LogLine.appendEscaped(LogLine.cut(value.description), to: &line, quotes: true)
            line += "\""
        }
        return Array((line + "}\n").utf8)
    }

    /// Truncates a value between characters; only a first character that is too long is itself truncated.
    private static func cut(_ value: String) -> String {
        guard value.utf8.count > maximumValueLength / longestEscape else { return value }
        var kept = ""
        var length = 0
        for character in value {
            var piece = ""
            for scalar in character.unicodeScalars {
                length += escape(of: scalar, quotes: true)?.utf8.count ?? UTF8.width(scalar)
                if length > maximumValueLength { return (kept.isEmpty ? piece : kept) + "…" }
                piece.unicodeScalars.append(scalar)
            }
            kept += piece
        }
        return kept
    }

    /// The most bytes of a scalar's escape for each byte of the scalar.
    private static let longestEscape = 6

    private static func needsQuotes(_ value: String) -> Bool {
        value.isEmpty
            || value.unicodeScalars.contains { scalar in
                scalar.isUnsafeToShow || scalar == " " || scalar == "\"" || scalar == "=" || scalar == "\\"
            }
    }

    /// Appends a text with JSON's escapes for what is unsafe to show and, if `quotes`, for `"` and `\`.
    private static func appendEscaped(_ value: String, to line: inout String, quotes: Bool) {
        for scalar in value.unicodeScalars {
            if let escape = escape(of: scalar, quotes: quotes) {
                line += escape
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }

    /// Returns the escape of a scalar, one `\u` per UTF-16 unit, or `nil` if it needs none.
    private static func escape(of scalar: Unicode.Scalar, quotes: Bool) -> String? {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"" where quotes: return "\\\""
        case "\\" where quotes: return "\\\\"
        case _ where scalar.isUnsafeToShow:
            return UTF16.encode(scalar)?.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        default: return nil
        }
    }
}
