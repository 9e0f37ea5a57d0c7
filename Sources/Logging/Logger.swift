import Glibc
import Synchronization

/// Writes structured lines to standard error: a message and named values, as text or as JSON.
public struct Logger: Sendable {
    /// How a line looks.
    public enum Format: String, Sendable, CaseIterable {
        /// `2016-12-02T12:48:05.520Z info store opened path=./data`
        case text
        /// One JSON object a line.
        case json
    }

    /// How much a line matters.
    public enum Level: Int, Sendable, CaseIterable {
        /// For whoever looks for a fault.
        case debug
        /// For whoever runs the service.
        case info
        /// Something that the person who runs the service should look at.
        case warning
        /// Something failed.
        case error
    }

    private let write: @Sendable (Level, String, [(String, String)]) -> Void

    /// Makes a logger that hands every line to `write`.
    public init(_ write: @escaping @Sendable (Level, String, [(String, String)]) -> Void) {
        self.write = write
    }

    /// A logger that drops every line.
    public static let silent = Logger { _, _, _ in }

    /// Writes a line.
    public func log(_ level: Level, _ message: String, _ values: KeyValuePairs<String, String> = [:]) {
        write(level, message, values.map { ($0.key, $0.value) })
    }
}
