import Glibc
import Text

/// Prints a command's result.
func printText(_ text: String) throws(Failure) {
    try printBytes(Array(text.utf8))
}

/// Prints the body of a response as it is, with a final line feed; on a terminal, control characters are escaped.
func printBody(_ body: [UInt8]) throws(Failure) {
    guard isatty(STDOUT_FILENO) == 1 else { return try printBytes(body) }
    let lines = String(decoding: body, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    try printText(lines.map { printable(String($0)) }.joined(separator: "\n"))
}

private func printBytes(_ bytes: [UInt8]) throws(Failure) {
    do {
        try writeAll(bytes.last == 0x0A ? bytes : bytes + [0x0A], to: STDOUT_FILENO)
    } catch {
        throw Failure("standard output: cannot be written: \(error)")
    }
}
