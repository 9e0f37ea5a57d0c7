/// Why a store did not do what it was asked, and what the caller can do.
public struct SessionStoreError: Error, Sendable, CustomStringConvertible {
    /// What the caller can do about it.
    public enum Kind: Hashable, Sendable {
        /// Too much is pending, or the store cannot be reached: send the same request again later.
        case overloaded
        /// The store is closing: send the same request again when it is back.
        case closing
        /// The store failed; nothing is promised of the request.
        case failed
        /// The store cannot be opened: held by another process, unknown format, no permission, no space.
        case unusable
    }

    /// What the caller can do about it.
    public var kind: Kind
    /// What was being done, and to what.
    public var operation: String
    /// What went wrong.
    public var reason: String
    /// What would help, if known.
    public var hint: String?

    /// Creates an error.
    public init(_ kind: Kind, operation: String, reason: String, hint: String? = nil) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
        self.hint = hint
    }

    /// One line: operation, reason and hint.
    public var description: String {
        "\(operation): \(reason)" + (hint.map { " (\($0))" } ?? "")
    }
}
