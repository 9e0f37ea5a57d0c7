/// Why a command failed, in one line, and the exit status of the program.
struct Failure: Error, CustomStringConvertible {
    /// The exit status of the program.
    enum Status: Int32 {
        /// The command did not do everything it was asked.
        case failed = 1
        /// The arguments were wrong.
        case usage = 2
        /// A signal stopped the command: 128 plus the number of SIGINT, as in shells.
        case interrupted = 130
    }

    var status: Status
    /// Empty if the failure is silent.
    var description: String
    var isSilent = false

    init(_ description: String) {
        status = .failed
        self.description = description
    }

    /// Returns a failure that was already reported to the user.
    static func reported(_ status: Status = .failed) -> Failure {
        var failure = Failure("")
        failure.status = status
        failure.isSilent = true
        return failure
    }
}
