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
    public enum Level: Int, Sendable, CaseIterable, Comparable {
        /// For whoever looks for a fault.
        case debug
        /// For whoever runs the service.
        case info
        /// Something that the person who runs the service should look at.
        case warning
        /// Something failed.
        case error

        /// A level is less than those that matter more.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Lines below this level are dropped before their values are looked at.
    public let minimumLevel: Level
    private let write: @Sendable (Level, String, [(String, any LogValue)]) -> Void

    /// Makes a logger that hands every line from `minimumLevel` on to `write`.
    public init(
        minimumLevel: Level = .debug,
        _ write: @escaping @Sendable (Level, String, [(String, any LogValue)]) -> Void
    ) {
        self.minimumLevel = minimumLevel
        self.write = write
    }

    /// A logger that drops every line.
    public static let silent = Logger(minimumLevel: .error) { _, _, _ in }

    /// Whether lines of this level are written; for callers whose values are dear to make.
    public func isEnabled(_ level: Level) -> Bool { level >= minimumLevel }

    /// Writes a line.
    public func log(_ level: Level, _ message: String, _ values: KeyValuePairs<String, any LogValue> = [:]) {
        guard isEnabled(level) else { return }
        write(level, message, values.map { ($0.key, $0.value) })
    }

    /// Writes a line whose values were put together.
    func log(_ level: Level, _ message: String, _ values: [(String, any LogValue)]) {
        if isEnabled(level) { write(level, message, values) }
    }
}
