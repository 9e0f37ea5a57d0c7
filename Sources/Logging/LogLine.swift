import Glibc

/// One line of the log, before it is text or JSON.
///
/// Values may come from anyone who can send a request, so no value can end its line or pass for another key: control
/// characters and line separators are escaped, and a value that holds a space, a quote or `=` is quoted.
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

        /// RFC 3339 in UTC: `2016-12-02T12:48:05.520Z`.
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

    /// The most bytes of one value that are shown, so that a line stays below what a pipe takes in one piece.
    static let maximumValueLength = 1_024

    var instant: Instant
    var level: Logger.Level
    var message: String
    var values: [(String, any LogValue)]

    /// `2016-12-02T12:48:05.520Z info store opened path=./data`, with its newline.
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

    /// One JSON object with `time`, `level`, `message` and the values, with its newline.
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

    private static func cut(_ value: String) -> String {
        guard value.utf8.count > maximumValueLength else { return value }
        var kept = ""
        var length = 0
        for scalar in value.unicodeScalars {
            length += UTF8.width(scalar)
            if length > maximumValueLength { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }

    private static func needsQuotes(_ value: String) -> Bool {
        value.isEmpty
            || value.unicodeScalars.contains { scalar in
                isControl(scalar) || scalar == " " || scalar == "\"" || scalar == "=" || scalar == "\\"
            }
    }

    /// C0, DEL, C1 and the two line separators of Unicode.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Appends a text with JSON's escapes for control characters and, inside quotes, for `"` and `\`.
    private static func appendEscaped(_ value: String, to line: inout String, quotes: Bool) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\"" where quotes: line += "\\\""
            case "\\" where quotes: line += "\\\\"
            case _ where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
