import EventDecoding
import Glibc
import PlayerSessions

/// Reads files line by line, sorts the invalid lines out and hands the rest to a target.
final class Importer {
    private let target: any ImportTarget
    private let report: ImportReport
    private let clock: WallClock
    private let chunker: LineChunker

    init(into target: any ImportTarget, report: ImportReport, clock: WallClock = .system) {
        self.target = target
        self.report = report
        self.clock = clock
        chunker = LineChunker(maximumLines: target.maximumLinesPerPiece)
    }

    /// Imports the files one after the other and waits until all is stored, or the person stops it.
    func run(_ files: [ImportFile]) throws(Failure) {
        let sizes = files.compactMap(\.size)
        report.tally.bytesTotal = sizes.count == files.count ? sizes.reduce(0, +) : nil
        var decoder = EventDecoder(limits: target.decodingLimits)
        do throws(Failure) {
            for file in files where !Interruption.isRequested { try read(file, &decoder) }
        } catch {
            // What was read before goes in and is counted, unless that is what fails.
            do { try target.drain(retrying: !Interruption.isRequested) } catch {
                try? target.drain(retrying: false)
            }
            // The first failure is the one to tell.
            throw error
        }
        try target.drain(retrying: !Interruption.isRequested)
    }

    private func read(_ file: ImportFile, _ decoder: inout EventDecoder) throws(Failure) {
        let before = report.tally.bytesRead
        let source = try ByteSource(file) { [target, report] () throws(Failure) in
            try target.pump()
            report.tick()
        }
        chunker.reset()
        var isAtEnd = false
        while !isAtEnd {
            let count = unsafe try chunker.fill { (space) throws(Failure) in
                unsafe try source.read(into: space)
            }
            isAtEnd = count == 0
            report.tally.bytesRead = before + source.bytesRead
            // What a stop leaves of a line that was cut is no line.
            if Interruption.isRequested { break }
            while let piece = chunker.next() {
                try take(piece, of: file, &decoder)
                report.tick()
                if Interruption.isRequested { return }
            }
        }
        try target.pump()
    }

    private func take(
        _ piece: LineChunker.Piece,
        of file: ImportFile,
        _ decoder: inout EventDecoder
    ) throws(Failure) {
        switch piece {
        case .fragment(let range, let line, let isFirst):
            if isFirst {
                report.tally.lines += 1
                let limit = byteSize(LineChunker.defaultMaximumLineBytes)
                try report.reject(
                    file: file.path,
                    line: line,
                    faults: [(nil, "is longer than \(limit) and was skipped")],
                    bytes: []
                )
            }
            unsafe try report.keep(UnsafeRawBufferPointer(rebasing: chunker.bytes[range]))
        case .lines(let range, let firstLine):
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: chunker.bytes[range])
            let batch: DecodedBatch
            do {
                batch = unsafe try decoder.decode(bytes, now: clock.now, firstLine: firstLine)
            } catch {
                preconditionFailure("the decoder's limit is above a piece's lines")
            }
            report.tally.lines += batch.lines
            let lines = unsafe DecodedLines(file: file.path, firstLine: firstLine, bytes: bytes, batch: batch)
            unsafe try reject(lines)
            unsafe try target.take(lines)
        }
    }

    private func reject(_ piece: DecodedLines) throws(Failure) {
        guard unsafe !piece.batch.invalidLines.isEmpty else { return }
        let faults = unsafe Dictionary(grouping: piece.batch.errors, by: \.line)
        let invalid = unsafe Set(piece.batch.invalidLines)
        let file = unsafe piece.file
        unsafe try forEachLine(of: piece) { (number, line) throws(Failure) in
            guard invalid.contains(number) else { return }
            unsafe try report.reject(
                file: file,
                line: number,
                faults: (faults[number] ?? []).map { ($0.field?.rawValue, $0.message) },
                bytes: line
            )
        }
    }
}

/// Calls `body` with the number and the bytes, line feed included, of each line that is not blank.
func forEachLine(
    of piece: DecodedLines,
    _ body: (Int, UnsafeRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
    var number = unsafe piece.firstLine
    var start = 0
    while unsafe start < piece.bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: piece.bytes[start...])
        let length = unsafe lengthOfLine(rest)
        let line = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(length))
        if unsafe !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) {
            unsafe try body(number, line)
        }
        start += length
        number += 1
    }
}

/// How long the first line is, its line feed included.
private func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress, let feed = unsafe memchr(base, 0x0A, bytes.count) else {
        return bytes.count
    }
    return unsafe UnsafeRawPointer(feed) - base + 1
}
