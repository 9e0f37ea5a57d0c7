import Foundation

/// The files of an import, and where their invalid lines are kept.
struct ImportJob: Sendable {
    var files: [ImportFile]
    /// Where invalid lines are kept, or `nil`.
    var rejects: Int32?
    /// What messages call it.
    var rejectsPath = ""

    /// What an import did, and how it ended.
    struct Outcome: Sendable {
        var tally: ImportTally
        /// `nil` where all was read and stored, or the person stopped it.
        var failure: Failure?
    }

    /// Reads the files into the target that `makeTarget` makes; returns when all is stored.
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

/// Does work that blocks on a thread of its own, as the few threads that tasks share are needed for what it waits for.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: work()) }.start()
    }
}
