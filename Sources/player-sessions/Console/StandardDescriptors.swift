import Glibc

/// Standard input, output and error as the program was started with them.
enum StandardDescriptors {
    /// Occupies the closed ones, so that no file of the store gets their numbers and output for the user.
    ///
    /// Reading and writing them fails from then on, as it does while they are closed. Must run before anything that
    /// opens files, including the runtime's executor.
    static func occupy() {
        for (descriptor, mode) in [
            (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
        ] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = unsafe open("/dev/null", mode)
        }
    }
}

/// Makes writing into a pipe without a reader fail instead of ending the process.
///
/// For commands that must go on without a reader; the others end quietly, as `head` expects.
func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
}
