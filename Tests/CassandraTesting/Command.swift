import Foundation

/// Runs a program and waits for its end on a thread of its own.
///
/// Foundation's `Process` does not do: it waits for the end of all that inherit its descriptors, and nodes live on when
/// the script that starts them has ended.
public enum Command {
    /// The exit status, or -1 for a program that could not be started or was killed; `output` is a file for its words.
    public static func run(_ arguments: [String], output: String) async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: spawn(arguments, output)) }
        }
    }

    private static func spawn(_ arguments: [String], _ output: String) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var child = pid_t()
        guard unsafe posix_spawn(&child, arguments[0], &actions, nil, &pointers, environ) == 0 else {
            return -1
        }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        // The exit status is in the second byte, and the first is 0 where the program ended by itself.
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
    }
}
