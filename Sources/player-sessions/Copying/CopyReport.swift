import Foundation
import PlayerSessions

/// Counts what a copy does, shows its progress and saves its position.
final class CopyReport {
    private let console: Console
    private let names: (from: String, to: String)
    private let file: String?
    private let start = ContinuousClock.now
    private var meter: ProgressMeter
    private var tally = CopyTally()
    private var unsaved: ExportPosition?
    private var lastSaved = ContinuousClock.now

    /// How often the position is saved, and so how much a run after a crash copies again.
    private static let savingInterval = Duration.seconds(1)

    /// Creates a report; `file` is where the position is saved, or `nil`.
    init(_ console: Console, from: String, to: String, file: String?) {
        self.console = console
        names = (from, to)
        self.file = file
        meter = ProgressMeter(console)
    }

    /// Records that everything up to the position is durable.
    func advance(_ tally: CopyTally, _ position: ExportPosition) throws(Failure) {
        self.tally = tally
        unsaved = position
        meter.update(tally.progress)
        if ContinuousClock.now - lastSaved >= CopyReport.savingInterval { try save() }
    }

    func say(_ line: String) {
        console.message(line)
    }

    /// Returns the failure to report for an error, after trying to save the position.
    func failure(_ error: any Error) -> Failure {
        meter.finish()
        try? save()
        return Failure("\((error as? Failure)?.description ?? "\(error)"); \(remedy)")
    }

    /// Prints the summary; throws if the user stopped the copy.
    func finish() throws(Failure) {
        meter.finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        console.message(
            "\(grouped(tally.sessions)) sessions with \(grouped(tally.events)) events copied; "
                + "\(decimal(seconds, digits: 1)) s, \(rate(tally.events, seconds: seconds)) events/s"
        )
        guard Interruption.isRequested else {
            // Everything is copied: an old position would make the next copy start at the end.
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
