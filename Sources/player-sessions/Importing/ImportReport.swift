import Glibc
import Text

/// Counts what an import does, shows its progress and keeps the invalid lines.
final class ImportReport {
    var tally = ImportTally()
    private let console: Console
    private var meter: ProgressMeter
    private let rejects: Int32?
    private let rejectsPath: String

    /// How many invalid lines are shown one by one.
    private static let maximumShownLines = 20
    /// The maximum length in characters of a message about a line, which a service may have written.
    private static let shownCharacters = 300

    /// Creates a report; `rejects` is a descriptor for invalid lines, or `nil`.
    init(_ console: Console, rejects: Int32?, rejectsPath: String = "") {
        self.console = console
        self.rejects = rejects
        self.rejectsPath = rejectsPath
        meter = ProgressMeter(console)
    }

    /// Records an invalid line: shows what is wrong with it, and keeps it.
    func reject(
        file: String,
        line: Int,
        faults: [(field: String?, message: String)],
        bytes: some Collection<UInt8>
    ) throws(Failure) {
        tally.rejected += 1
        if tally.rejected <= ImportReport.maximumShownLines {
            for fault in faults {
                let message = (fault.field.map { "\($0) " } ?? "") + fault.message
                let limit = ImportReport.shownCharacters
                console.message("\(file):\(line): \(excerpt(message, characters: limit, bytes: 4 * limit))")
            }
        } else if tally.rejected == ImportReport.maximumShownLines + 1 {
            console.message(
                "more invalid lines are counted, not shown"
                    + (rejects == nil ? "; --rejects FILE keeps them" : "")
            )
        }
        if !bytes.isEmpty { try keep(Array(bytes) + (bytes.suffix(1).first == 0x0A ? [] : [0x0A])) }
    }

    /// Records a file that could not be read to its end, and shows why and how far it was read.
    func fail(file: String, _ reason: String, afterLine line: Int) {
        tally.failedFiles += 1
        console.message(
            "\(file): \(reason); "
                + (line > 0 ? "read up to line \(grouped(line))" : "nothing of it was read")
        )
    }

    /// Keeps bytes of an invalid line.
    func keep(_ bytes: some Collection<UInt8>) throws(Failure) {
        guard let rejects else { return }
        do {
            try writeAll(Array(bytes), to: rejects)
        } catch {
            throw Failure("\(rejectsPath): cannot be written: \(error)")
        }
    }

    /// Shows the progress if it is time to.
    func tick() {
        meter.update(tally.progress)
    }

    func say(_ line: String) {
        console.message(line)
    }

    func finish() {
        meter.finish()
    }
}
