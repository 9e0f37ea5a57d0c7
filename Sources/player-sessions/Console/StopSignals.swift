import Glibc

/// What repetitions of SIGINT and SIGTERM mean.
enum StopSignals {
    /// How long after the first signal others are the same wish to stop.
    ///
    /// GNU `timeout` signals its child and then its whole group, and a terminal signals all that runs in it.
    static let echo = Duration.seconds(1)

    /// Ends the process as a signal does that nobody handles; may be called in a signal handler.
    static func end(by number: Int32) {
        _ = signal(number, SIG_DFL)
        // To the process and not to this thread, which may block signals, as libdispatch's do.
        _ = kill(getpid(), number)
    }
}
