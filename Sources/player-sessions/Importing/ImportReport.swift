import Glibc

/// Keeps count of an import, tells the person, and keeps the lines that are not valid.
final class ImportReport {
    /// The counts so far.
    var tally = ImportTally()
    private let console: Console
    private var meter: ProgressMeter
    private let rejects: Int32?
    private let rejectsPath: String

    /// How many invalid lines are shown one by one.
    private static let maximumShownLines = 20

    /// Makes a report; `rejects` is a descriptor for raw lines, or `nil`.
    init(_ console: Console, rejects: Int32?, rejectsPath: String = "") {
        self.console = console
        self.rejects = rejects
        self.rejectsPath = rejectsPath
        meter = ProgressMeter(console)
    }

    /// Takes note of an invalid line: shows what is wrong with it, and keeps it.
    func reject(
        file: String,
        line: Int,
        faults: [(field: String?, message: String)],
        bytes: some Collection<UInt8>
    ) throws(Failure) {
        tally.rejected += 1
        if tally.rejected <= ImportReport.maximumShownLines {
            for fault in faults {
                console.message("\(file):\(line): \(fault.field.map { "\($0) " } ?? "")\(fault.message)")
            }
        } else if tally.rejected == ImportReport.maximumShownLines + 1 {
            console.message(
                "more invalid lines are counted, not shown"
                    + (rejects == nil ? "; --rejects FILE keeps them" : "")
            )
        }
        try keep(bytes)
        if !bytes.isEmpty, bytes.suffix(1).first != 0x0A { try keep([0x0A]) }
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

    /// Shows the progress where it is time to.
    func tick() {
        meter.update(tally.progress)
    }

    /// Shows a line.
    func say(_ line: String) {
        console.message(line)
    }

    /// Takes the bar away.
    func finish() {
        meter.finish()
    }
}
