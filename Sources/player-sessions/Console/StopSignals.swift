import Glibc

/// What repetitions of SIGINT and SIGTERM mean.
enum StopSignals {
    /// How long after the first signal further ones count as the same request to stop.
    ///
    /// GNU `timeout` signals its child and then its whole group, and a terminal signals everything that runs in it.
    static let echo = Duration.seconds(1)

    /// Ends the process as an unhandled signal would; may be called in a signal handler.
    static func end(by number: Int32) {
        _ = signal(number, SIG_DFL)
        // To the process and not to this thread, which may block signals, as libdispatch's do.
        _ = kill(getpid(), number)
    }
}
