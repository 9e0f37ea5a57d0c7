import EventDecoding
import PlayerSessions

/// Reads files line by line, sorts out the invalid lines and hands the rest to a target.
final class Importer {
    private let target: any ImportTarget
    private let report: ImportReport
    private let clock: WallClock
    private let chunker: LineChunker
    /// The last line of the current file that was processed.
    private var lastLine = 0

    init(into target: any ImportTarget, report: ImportReport, clock: WallClock = .system) {
        self.target = target
        self.report = report
        self.clock = clock
        chunker = LineChunker(maximumLines: target.maximumLinesPerPiece)
    }

    /// Imports the files in order; returns when everything is stored or the user stops the import.
    ///
    /// A file that cannot be read to its end is reported, and the next one is read.
    ///
    /// - Throws: The failure that ended the import; the report is complete then, too.
    func run(_ files: [ImportFile]) throws(Failure) {
        report.tally.bytesTotal = files.reduce(0) { total, file in
            guard let total, let size = file.size else { return nil }
            // Sparse files may claim any size.
            let (sum, overflow) = total.addingReportingOverflow(size)
            return overflow ? nil : sum
        }
        defer { target.settle() }
        var decoder = EventDecoder(limits: target.decodingLimits)
        for file in files where !Interruption.isRequested {
            do throws(ReadFault) {
                try read(file, &decoder)
            } catch {
                switch error {
                case .file(let reason): report.fail(file: file.path, reason, afterLine: lastLine)
                case .fatal(let failure): throw failure
                }
            }
        }
        if !Interruption.isRequested { try target.drain() }
    }

    private func read(_ file: ImportFile, _ decoder: inout EventDecoder) throws(ReadFault) {
        let before = report.tally.bytesRead
        chunker.reset()
        lastLine = 0
        let source = try ByteSource(file) { [target, report] () throws(Failure) in
            try target.pump()
            report.tick()
        }
        defer { report.tally.bytesRead = before + source.bytesRead }
        var isAtEnd = false
        while !isAtEnd {
            let count = unsafe try chunker.fill { (space) throws(ReadFault) in
                unsafe try source.read(into: space)
            }
            isAtEnd = count == 0
            report.tally.bytesRead = before + source.bytesRead
            // After a stop, what is left of a cut line is not a line.
            if Interruption.isRequested { return }
            while let piece = chunker.next() {
                try take(piece, of: file, isPacked: source.isPacked, &decoder)
                lastLine = chunker.nextLine - 1
                report.tick()
                if Interruption.isRequested { return }
            }
        }
    }

    private func take(
        _ piece: LineChunker.Piece,
        of file: ImportFile,
        isPacked: Bool,
        _ decoder: inout EventDecoder
    ) throws(ReadFault) {
        let place = isPacked ? BodyForm.Place.unpackedFile : .file
        switch piece {
        case .fragment(let range, let line, let isFirst):
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: chunker.bytes[range])
            if line == 1, isFirst, let form = unsafe BodyForm(recognizing: bytes) {
                throw .file(form.description(in: place))
            }
            do throws(Failure) { unsafe try reject(fragment: bytes, line, isFirst, of: file) } catch {
                throw .fatal(error)
            }
        case .lines(let range, let firstLine):
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: chunker.bytes[range])
            let batch: DecodedBatch
            do {
                batch = unsafe try decoder.decode(bytes, now: clock.now, firstLine: firstLine)
            } catch {
                preconditionFailure("the decoder's limit is above a piece's lines")
            }
            if firstLine == 1, let form = unsafe Importer.form(of: bytes, batch) {
                throw .file(form.description(in: place))
            }
            do throws(Failure) {
                report.tally.lines += batch.lines
                let lines = unsafe DecodedLines(
                    file: file.path,
                    firstLine: firstLine,
                    bytes: bytes,
                    batch: batch
                )
                unsafe try reject(lines)
                unsafe try target.take(lines)
            } catch {
                throw .fatal(error)
            }
        }
    }

    /// Returns what a file holds instead of lines of events, judged by its first lines; `nil` if it holds such lines,
    /// valid or not.
    ///
    /// One invalid line at the beginning must not keep the others out, so most lines have to be invalid. The exception
    /// is data whose first bytes leave no doubt: in an archive, all lines but the first of each file look valid.
    private static func form(of bytes: UnsafeRawBufferPointer, _ batch: DecodedBatch) -> BodyForm? {
        guard !batch.invalidLines.isEmpty, let form = unsafe BodyForm(recognizing: bytes) else { return nil }
        switch form {
        case .packed, .wideText: return form
        default: return 2 * batch.invalidLines.count >= batch.lines ? form : nil
        }
    }

    private func reject(
        fragment bytes: UnsafeRawBufferPointer,
        _ line: Int,
        _ isFirst: Bool,
        of file: ImportFile
    ) throws(Failure) {
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
        unsafe try report.keep(bytes)
    }

    private func reject(_ piece: DecodedLines) throws(Failure) {
        guard unsafe !piece.batch.invalidLines.isEmpty else { return }
        let faults = unsafe Dictionary(grouping: piece.batch.errors, by: \.line)
        let invalid = unsafe Set(piece.batch.invalidLines)
        let file = unsafe piece.file
        unsafe try forEachLine(in: piece.bytes, firstLine: piece.firstLine) {
            (number, line) throws(Failure) in
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
