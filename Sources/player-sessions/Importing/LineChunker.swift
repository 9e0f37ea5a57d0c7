import EventDecoding
import Glibc

/// Cuts a stream of bytes into pieces of whole lines, in one buffer that is reused.
///
/// Fill it through `fill`, then take pieces by `next` until there is none. A line that is longer than allowed comes in
/// fragments, so that memory stays bounded whatever the file holds.
@safe final class LineChunker {
    /// What lies next in the stream.
    enum Piece: Equatable {
        /// Whole lines, the first of which has this number; the range is in `bytes`.
        case lines(Range<Int>, firstLine: Int)
        /// Part of a line that is too long; the last part includes its line feed.
        case fragment(Range<Int>, line: Int, isFirst: Bool)
    }

    /// The longest line that is decoded, in bytes.
    static let defaultMaximumLineBytes = 1 << 20

    private let buffer: UnsafeMutableRawBufferPointer
    private let capacity: Int
    private let maximumLineBytes: Int
    private let maximumLines: Int
    private var start = 0
    private var end = 0
    /// The number of the line that comes next.
    private(set) var nextLine = 1
    private var isInsideLongLine = false
    private var isAtEnd = false

    /// Makes a chunker whose pieces have at most `maximumLines` lines.
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

    /// The memory that pieces lie in, with the decoder's padding behind every piece.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(buffer) }

    /// Begins another stream.
    func reset() {
        (start, end, nextLine) = (0, 0, 1)
        (isInsideLongLine, isAtEnd) = (false, false)
    }

    /// Lets `read` put more bytes behind those that are left; 0 is the end of the stream.
    ///
    /// Every piece has to be taken before, and no piece outlives this call.
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

    /// The next piece that is complete, or `nil` where more bytes are needed.
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
        // At the very end of the stream there may be nothing left of the line.
        return range.isEmpty ? nil : .fragment(range, line: line, isFirst: isFirst)
    }

    /// The position behind the next line feed.
    private func lineEnd(from position: Int) -> Int? {
        guard let base = unsafe buffer.baseAddress,
            let found = unsafe memchr(base + position, 0x0A, end - position)
        else { return nil }
        return unsafe UnsafeMutableRawPointer(found) - base + 1
    }
}
