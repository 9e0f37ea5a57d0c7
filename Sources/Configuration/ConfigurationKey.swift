extension Configuration {
    /// A key: how it is called in each source, what it takes and what it is for.
    public struct Key: Sendable {
        /// The name in a file: `retention_days`.
        public let name: String
        /// Whether the command line has a flag for it.
        public let hasFlag: Bool
        /// What it takes, in words: `a whole number from 0 to 146000`.
        public let range: String
        /// What it is for, in one line.
        public let help: String
        /// Whether a file may give it as a number.
        let isNumber: Bool
        /// Takes a value, or says no by leaving the configuration as it is; the reason then follows "must be".
        let assign: @Sendable (String, inout Configuration) -> InvalidValue?
        /// The value as text, passwords hidden.
        let text: @Sendable (Configuration) -> String

        /// The environment variable: `PLAYER_SESSIONS_RETENTION_DAYS`.
        public var variable: String { Configuration.variablePrefix + name.uppercased() }

        /// The flag, `--retention-days`, or `nil` where there is none.
        public var flag: String? {
            hasFlag ? "--" + String(name.map { $0 == "_" ? "-" : $0 }) : nil
        }

        /// The default as text.
        public var defaultText: String { text(Configuration()) }
    }

    /// What the name of every environment variable begins with.
    public static let variablePrefix = "PLAYER_SESSIONS_"
    /// The environment variable that names the file, as `--config` does.
    public static let fileVariable = "PLAYER_SESSIONS_CONFIG"
}

/// Why a text is not the value of a key, in words that follow it.
struct InvalidValue: Error, Hashable {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
