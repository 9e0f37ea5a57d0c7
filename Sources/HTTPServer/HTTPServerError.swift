import Glibc

/// Why a server cannot listen or start its loops.
public struct HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried: `listen on 127.0.0.1:5000`.
    public var operation: String
    /// Why it failed: `address already in use`.
    public var reason: String
    /// What the operator can do about it, or `nil`.
    public var hint: String?

    /// Makes an error.
    public init(operation: String, reason: String, hint: String?) {
        self.operation = operation
        self.reason = reason
        self.hint = hint
    }

    /// One line: what failed, why, and what to do.
    public var description: String {
        let what = "cannot \(operation): \(reason)"
        guard let hint else { return what }
        return "\(what) (\(hint))"
    }
}

extension HTTPServerError {
    /// Returns the remedy for a system error at the start, or `nil`.
    static func hint(_ code: Int32) -> String? {
        switch code {
        case EMFILE: "the process may open no more files: raise ulimit -n, or LimitNOFILE= of its unit"
        case ENFILE: "the system may open no more files: raise fs.file-max"
        case EAGAIN:
            "the system gives no more threads: raise ulimit -u, TasksMax= of the unit or the container's limit of "
                + "processes, or lower loops"
        case ENOMEM, ENOBUFS: "the system has no more memory for it"
        case ENOSPC: "the system watches no more sockets: raise fs.epoll.max_user_watches"
        default: nil
        }
    }
}
