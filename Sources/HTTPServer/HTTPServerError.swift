/// Why a server cannot listen.
public struct HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried: `listen on 127.0.0.1:5000`.
    public var operation: String
    /// Why it failed: `address already in use`.
    public var reason: String
    /// What the person who runs the server can do about it, or `nil`.
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
