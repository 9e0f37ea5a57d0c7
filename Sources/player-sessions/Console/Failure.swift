/// Why a command failed, in one line, and the status that the program exits with.
struct Failure: Error, CustomStringConvertible {
    /// What the program exits with.
    enum Status: Int32 {
        /// The command did not do all that it was asked.
        case failed = 1
        /// The arguments were wrong.
        case usage = 2
        /// A signal stopped the command: 128 and the number of SIGINT, as shells have it.
        case interrupted = 130
    }

    var status: Status
    /// `nil` where everything was said before.
    var description: String
    var isSilent = false

    init(_ description: String) {
        status = .failed
        self.description = description
    }

    /// A failure of which the person was told before.
    static func reported(_ status: Status = .failed) -> Failure {
        var failure = Failure("")
        failure.status = status
        failure.isSilent = true
        return failure
    }
}
