internal import Glibc

/// The lines of a body that are not blank, with their numbers.
///
/// A line ends at LF or at the body's end. A blank one holds nothing but spaces, tabs and CR.
@unsafe struct Lines {
    /// A line without its LF.
    @unsafe struct Line {
        var number: Int
        var bytes: UnsafeRawBufferPointer
    }

    private var rest: UnsafeRawBufferPointer
    private var number: Int

    /// Skips a byte order mark where `body` begins with line 1.
    init(_ body: UnsafeRawBufferPointer, firstLine: Int) {
        unsafe rest = firstLine == 1 ? withoutByteOrderMark(body) : body
        unsafe number = firstLine
    }

    mutating func next() -> Line? {
        while let start = unsafe rest.baseAddress, unsafe !rest.isEmpty {
            let end = unsafe memchr(start, 0x0A, rest.count)
            let length = unsafe end.map { unsafe UnsafeRawPointer($0) - start } ?? rest.count
            let line = unsafe UnsafeRawBufferPointer(start: start, count: length)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[min(length + 1, rest.count)...])
            let number = unsafe number
            unsafe self.number += 1
            if unsafe !isBlank(line) { return unsafe Line(number: number, bytes: line) }
        }
        return nil
    }

    private func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
        unsafe line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
}

/// A body without the byte order mark that it may begin with.
func withoutByteOrderMark(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard body.count >= 3, unsafe body[0] == 0xEF, unsafe body[1] == 0xBB, unsafe body[2] == 0xBF
    else { return unsafe body }
    return unsafe UnsafeRawBufferPointer(rebasing: body[3...])
}
