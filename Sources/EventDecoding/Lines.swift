internal import CEventDecoding
internal import Glibc

/// The nonblank lines of a body, with their numbers.
///
/// A line ends at LF or at the end of the body. A blank one holds only spaces, tabs and CR.
@unsafe struct Lines {
    /// A line without its LF.
    @unsafe struct Line {
        var number: Int
        var bytes: UnsafeRawBufferPointer
    }

    private var rest: UnsafeRawBufferPointer
    private var number: Int

    /// Skips a byte order mark if `body` begins with line 1.
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

/// Calls `use` with the number and the bytes, without the line feed, of each nonblank line.
///
/// These are the lines that `EventDecoder` decodes: a byte order mark before line 1 is left out, too.
///
/// - Parameters:
///   - body: Whole lines.
///   - firstLine: The number of the first line, for files that are read in pieces.
///   - use: Takes a line, which is valid during the call only.
/// - Throws: What `use` throws, at once.
public func forEachLine<Failure: Error>(
    in body: UnsafeRawBufferPointer,
    firstLine: Int = 1,
    _ use: (_ number: Int, _ line: UnsafeRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
    var lines = unsafe Lines(body, firstLine: firstLine)
    while let line = unsafe lines.next() { unsafe try use(line.number, line.bytes) }
}

/// Returns a body without its byte order mark, if it begins with one.
func withoutByteOrderMark(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard body.count >= 3, unsafe body[0] == 0xEF, unsafe body[1] == 0xBB, unsafe body[2] == 0xBF
    else { return unsafe body }
    return unsafe UnsafeRawBufferPointer(rebasing: body[3...])
}
