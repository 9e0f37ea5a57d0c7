internal import CEventDecoding
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
        if let first = unsafe rest.first, first <= 0x20 { unsafe skipBlankLines() }
        guard let start = unsafe rest.baseAddress, unsafe !rest.isEmpty else { return nil }
        let end = unsafe memchr(start, 0x0A, rest.count)
        let length = unsafe end.map { unsafe UnsafeRawPointer($0) - start } ?? rest.count
        let line = unsafe UnsafeRawBufferPointer(start: start, count: length)
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[min(length + 1, rest.count)...])
        defer { unsafe number += 1 }
        return unsafe Line(number: number, bytes: line)
    }

    private mutating func skipBlankLines() {
        guard let start = unsafe rest.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var lines = 0
        let skipped = unsafe event_blank_lines(start, rest.count, &lines)
        unsafe number += lines
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[skipped...])
    }
}

/// A body without the byte order mark that it may begin with.
func withoutByteOrderMark(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard body.count >= 3, unsafe body[0] == 0xEF, unsafe body[1] == 0xBB, unsafe body[2] == 0xBF
    else { return unsafe body }
    return unsafe UnsafeRawBufferPointer(rebasing: body[3...])
}
