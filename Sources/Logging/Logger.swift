/// Writes structured log lines: a message and named values.
public struct Logger: Sendable {
    /// The format of a line.
    public enum Format: String, Sendable, CaseIterable {
        /// Text: `2016-12-02T12:48:05.520Z info store opened path=./data`.
        case text
        /// One JSON object per line.
        case json
    }

    /// The importance of a line.
    public enum Level: Int, Sendable, CaseIterable, Comparable {
        /// For debugging.
        case debug
        /// For the operator's information.
        case info
        /// Something that the operator should look at.
        case warning
        /// Something failed.
        case error

        /// Returns whether `left` is less important than `right`.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Lines below this level are dropped before their values are read.
    public let minimumLevel: Level
    private let write: @Sendable (Level, String, [(String, any LogValue)]) -> Void

    /// Makes a logger that passes every line of at least `minimumLevel` to `write`.
    public init(
        minimumLevel: Level = .debug,
        _ write: @escaping @Sendable (Level, String, [(String, any LogValue)]) -> Void
    ) {
        self.minimumLevel = minimumLevel
        self.write = write
    }

    /// A logger that drops every line.
    public static let silent = Logger(minimumLevel: .error) { _, _, _ in }

    /// Returns whether lines of this level are written, for callers whose values are expensive.
    public func isEnabled(_ level: Level) -> Bool { level >= minimumLevel }

    /// Writes a line.
    public func log(_ level: Level, _ message: String, _ values: KeyValuePairs<String, any LogValue> = [:]) {
        guard isEnabled(level) else { return }
        write(level, message, values.map { ($0.key, $0.value) })
    }

    func log(_ level: Level, _ message: String, _ values: [(String, any LogValue)]) {
        if isEnabled(level) { write(level, message, values) }
    }
}
