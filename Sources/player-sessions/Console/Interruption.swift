import Glibc
import Synchronization

/// Whether the person pressed Ctrl-C, or the process was told to end.
enum Interruption {
    private static let flag = Atomic(false)

    /// Whether a signal came.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Takes note of the first SIGINT or SIGTERM; a second one ends the process at once.
    static func observe() {
        // A handler must not run the global's initializer.
        flag.store(false, ordering: .relaxed)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in
            Interruption.flag.store(true, ordering: .relaxed)
        }
        // Without SA_RESTART, so that a blocking read returns.
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        for signal in [SIGINT, SIGTERM] { unsafe sigaction(signal, &action, nil) }
    }
}
