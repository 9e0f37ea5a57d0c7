import Glibc

/// Writes a command's result.
func printText(_ text: String) throws(Failure) {
    try printBody(Array(text.utf8))
}

/// Writes a body as it is, with a line feed at its end.
func printBody(_ body: [UInt8]) throws(Failure) {
    do {
        try writeAll(body.last == 0x0A ? body : body + [0x0A], to: STDOUT_FILENO)
    } catch {
        throw Failure("standard output: cannot be written: \(error)")
    }
}
