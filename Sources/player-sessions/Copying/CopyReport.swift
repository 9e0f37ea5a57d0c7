import Foundation
import PlayerSessions

/// Keeps count of a copy, tells the person, and keeps its position.
final class CopyReport {
    private let console: Console
    private let names: (from: String, to: String)
    private let file: String?
    private let start = ContinuousClock.now
    private var meter: ProgressMeter
    private var tally = CopyTally()
    private var unsaved: ExportPosition?
    private var lastSaved = ContinuousClock.now

    /// How often the position is kept: what a crash makes the next run copy again.
    private static let savingInterval = Duration.seconds(1)

    /// Makes a report; `file` is where the position is kept, or `nil`.
    init(_ console: Console, from: String, to: String, file: String?) {
        self.console = console
        names = (from, to)
        self.file = file
        meter = ProgressMeter(console)
    }

    /// Takes note that everything up to the position is durable.
    func advance(_ tally: CopyTally, _ position: ExportPosition) throws(Failure) {
        self.tally = tally
        unsaved = position
        meter.update(tally.progress)
        if ContinuousClock.now - lastSaved >= CopyReport.savingInterval { try save() }
    }

    /// Shows a line.
    func say(_ line: String) {
        console.message(line)
    }

    /// What to tell where the copy failed; the position is kept if that can be.
    func failure(_ error: any Error) -> Failure {
        meter.finish()
        try? save()
        return Failure("\((error as? Failure)?.description ?? "\(error)"); \(remedy)")
    }

    /// Says what was done; throws where the person stopped it.
    func finish() throws(Failure) {
        meter.finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        console.message(
            "\(grouped(tally.sessions)) sessions with \(grouped(tally.events)) events copied; "
                + "\(decimal(seconds, digits: 1)) s, \(rate(tally.events, seconds: seconds)) events/s"
        )
        guard Interruption.isRequested else {
            // All is copied: a file from before would make the next copy begin at the end.
            if let file { try? FileManager.default.removeItem(atPath: file) }
            return
        }
        try save()
        console.message("stopped; \(remedy)")
        throw .reported(.interrupted)
    }

    private var remedy: String {
        file == nil
            ? "copying again changes nothing that was copied"
            : "the same command goes on where this one ended"
    }

    private func save() throws(Failure) {
        guard let file, let position = unsaved else { return }
        try CopyPosition(from: names.from, to: names.to, position: position).write(file)
        unsaved = nil
        lastSaved = .now
    }
}
