import Foundation

/// The files of an import, and where their invalid lines are kept.
struct ImportJob: Sendable {
    var files: [ImportFile]
    /// The descriptor for invalid lines, or `nil`.
    var rejects: Int32?
    /// Its name in messages.
    var rejectsPath = ""

    /// What an import did, and how it ended.
    struct Outcome: Sendable {
        var tally: ImportTally
        /// `nil` if everything was read and stored, or if the user stopped it.
        var failure: Failure?
    }

    /// Imports the files into the target that `makeTarget` creates and returns the outcome.
    func run(
        into makeTarget: @escaping @Sendable (ImportReport) throws(Failure) -> any ImportTarget
    ) async -> Outcome {
        await onOwnThread {
            let report = ImportReport(Console(), rejects: rejects, rejectsPath: rejectsPath)
            var failure: Failure?
            do throws(Failure) {
                try Importer(into: try makeTarget(report), report: report).run(files)
            } catch let error {
                failure = error
            }
            report.finish()
            return Outcome(tally: report.tally, failure: failure)
        }
    }
}

/// Runs work that blocks on its own thread, because the few threads that tasks share are needed for what it waits for.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: work()) }.start()
    }
}
