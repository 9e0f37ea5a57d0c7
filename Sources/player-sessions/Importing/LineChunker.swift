import EventDecoding
import Glibc

/// Cuts a stream of bytes into pieces of whole lines, in one buffer that is reused.
///
/// Fill it with `fill`, then take pieces with `next` until there is none. A line that is too long comes in fragments,
/// so that memory stays bounded whatever the file holds.
@safe final class LineChunker {
    /// The next part of the stream.
    enum Piece: Equatable {
        /// Whole lines, the first of which has this number; the range is in `bytes`.
        case lines(Range<Int>, firstLine: Int)
        /// Part of a line that is too long; the last part includes its line feed.
        case fragment(Range<Int>, line: Int, isFirst: Bool)
    }

    /// The maximum length of a decoded line, in bytes.
    static let defaultMaximumLineBytes = 1 << 20

    private let buffer: UnsafeMutableRawBufferPointer
    private let capacity: Int
    private let maximumLineBytes: Int
    private let maximumLines: Int
    private var start = 0
    private var end = 0
    private(set) var nextLine = 1
    private var isInsideLongLine = false
    private var isAtEnd = false

    init(
        maximumLines: Int = .max,
        maximumLineBytes: Int = LineChunker.defaultMaximumLineBytes,
        readBytes: Int = 1 << 20
    ) {
        self.maximumLines = maximumLines
        self.maximumLineBytes = maximumLineBytes
        capacity = maximumLineBytes + readBytes
        unsafe buffer = .allocate(byteCount: capacity + EventDecoder.padding, alignment: 16)
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// The memory of the pieces, with the decoder's padding after every piece.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(buffer) }

    /// Begins another stream.
    func reset() {
        (start, end, nextLine) = (0, 0, 1)
        (isInsideLongLine, isAtEnd) = (false, false)
    }

    /// Lets `read` put more bytes after those that are left; returns their number, 0 at the end of the stream.
    ///
    /// All pieces must have been taken before; this call invalidates them.
    func fill<Failure: Error>(
        _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if start > 0, end > start {
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        (start, end) = (0, end - start)
        let count = unsafe try read(UnsafeMutableRawBufferPointer(rebasing: buffer[end..<capacity]))
        end += count
        isAtEnd = count == 0
        return count
    }

    /// Returns the next complete piece, or `nil` if more bytes are needed.
    func next() -> Piece? {
        if isInsideLongLine { return nextFragment(isFirst: false) }
        let firstLine = nextLine
        var position = start
        var isLongLineNext = false
        while position < end, nextLine - firstLine < maximumLines {
            let lineEnd = lineEnd(from: position)
            guard (lineEnd.map { $0 - 1 } ?? end) - position <= maximumLineBytes else {
                isLongLineNext = true
                break
            }
            guard let lineEnd = lineEnd ?? (isAtEnd ? end : nil) else { break }
            position = lineEnd
            nextLine += 1
        }
        if position > start {
            defer { start = position }
            return .lines(start..<position, firstLine: firstLine)
        }
        return isLongLineNext ? nextFragment(isFirst: true) : nil
    }

    private func nextFragment(isFirst: Bool) -> Piece? {
        let lineEnd = lineEnd(from: start)
        let line = nextLine
        let range = start..<(lineEnd ?? end)
        isInsideLongLine = lineEnd == nil && !isAtEnd
        if !isInsideLongLine { nextLine += 1 }
        start = range.upperBound
        // At the end of the stream there may be nothing left of the line.
        return range.isEmpty ? nil : .fragment(range, line: line, isFirst: isFirst)
    }

    /// Returns the position after the next line feed, or `nil` if there is none.
    private func lineEnd(from position: Int) -> Int? {
        guard let base = unsafe buffer.baseAddress,
            let found = unsafe memchr(base + position, 0x0A, end - position)
        else { return nil }
        return unsafe UnsafeMutableRawPointer(found) - base + 1
    }
}
