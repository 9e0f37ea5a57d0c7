import Glibc

/// Standard input, output and error as the program was started with them.
enum StandardDescriptors {
    /// Occupies those that are closed, so that no file of the store's ever gets such a number and what is meant for
    /// the person.
    ///
    /// Reading the one and writing the others fails from then on, as it does where they are closed. Has to come
    /// before anything that opens files, the runtime's executor included.
    static func occupy() {
        for (descriptor, mode) in [
            (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
        ] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free is this one.
            _ = unsafe open("/dev/null", mode)
        }
    }
}

/// Makes writing into a pipe that nobody reads an error of that call, where it would end the process.
///
/// For commands that have to go on without a reader; the others end quietly, as `head` expects.
func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
}
