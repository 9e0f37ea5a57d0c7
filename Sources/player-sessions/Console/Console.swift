import Glibc
import Text

/// Standard error, shared by messages and a progress bar below them.
final class Console {
    /// Whether standard error is a terminal, which can show a bar.
    let isTerminal: Bool
    private var bar = ""

    init() {
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Writes a line above the bar, with control characters escaped.
    func message(_ line: String) {
        let line = shown(line)
        if bar.isEmpty {
            write(line + "\n", to: STDERR_FILENO)
        } else {
            write("\(erasure)\(line)\n\(bar)", to: STDERR_FILENO)
        }
    }

    /// Shows the bar, or removes it if the text is empty.
    func show(bar text: String) {
        guard isTerminal, !(bar.isEmpty && text.isEmpty) else { return }
        let erasure = erasure
        bar = text
        write("\(erasure)\(text)", to: STDERR_FILENO)
    }

    /// The sequence that erases the bar, which a window made narrower since has broken into several rows.
    private var erasure: String {
        let rows = max(0, bar.count - 1) / columns
        return "\r" + (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\u{1B}[J"
    }

    /// The number of columns of the terminal; 80 if unknown.
    var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// Writes a line to standard error, with control characters escaped.
func printError(_ line: String) {
    write(shown(line) + "\n", to: STDERR_FILENO)
}

/// Returns a line that is safe to show: escaped, without passwords and of bounded length.
private func shown(_ line: String) -> String {
    excerpt(hidingPasswords(inMessage: line), characters: 4_000, bytes: 16_000)
}

/// Writes text to a descriptor; errors are ignored, because there is nowhere to report them.
func write(_ text: String, to descriptor: Int32) {
    _ = try? writeAll(Array(text.utf8), to: descriptor)
}

/// A failed system call, with its `errno`.
struct SystemError: Error, CustomStringConvertible {
    var code: Int32

    /// The error of the last call.
    static var last: SystemError { SystemError(code: errno) }

    var description: String { unsafe String(cString: strerror(code)) }
}

/// Writes all bytes, in as many calls as needed.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe Glibc.write(
                descriptor,
                bytes.baseAddress.map { unsafe $0 + written },
                bytes.count - written
            )
        }
        if count < 0 {
            if errno == EINTR { continue }
            throw .last
        }
        written += count
    }
}
