internal import Text

extension Configuration {
    /// A key: its name in each source, the values it accepts and its purpose.
    public struct Key: Sendable {
        /// The name in a file: `retention_days`.
        public let name: String
        /// Whether the command line has a flag for it.
        public let hasFlag: Bool
        /// The values it accepts, worded to follow "must be": `a whole number from 0 to 146000`.
        public let range: String
        /// The purpose, in one line.
        public let help: String
        /// Whether a file may give it as a number.
        let isNumber: Bool
        /// Parses a text into a configuration; on an error, leaves it unchanged and returns what is wrong.
        let assign: @Sendable (String, inout Configuration) -> InvalidValue?
        /// Returns the value as text, with passwords hidden.
        let text: @Sendable (Configuration) -> String

        /// The environment variable: `PLAYER_SESSIONS_RETENTION_DAYS`.
        public var variable: String { Configuration.variablePrefix + name.uppercased() }

        /// The flag, `--retention-days`, or `nil` if there is none.
        public var flag: String? {
            hasFlag ? "--" + String(name.map { $0 == "_" ? "-" : $0 }) : nil
        }

        /// The default as text.
        public var defaultText: String { text(Configuration()) }
    }

    /// The prefix of all environment variables.
    public static let variablePrefix = "PLAYER_SESSIONS_"
    /// The environment variable that names the file, as `--config` does.
    public static let fileVariable = "PLAYER_SESSIONS_CONFIG"
    /// The environment variable that says where commands find a running service, as `--url` does.
    public static let urlVariable = "PLAYER_SESSIONS_URL"
    /// Variables with the prefix that belong to no key.
    static let otherVariables = [fileVariable, urlVariable, passwordVariable]

    static func key(named name: String) -> Key? {
        keys.first { $0.name == name }
    }
}

extension Configuration.Key {
    /// Returns a key that takes an integer.
    static func number(
        _ name: String,
        _ path: any WritableKeyPath<Configuration, Int> & Sendable,
        _ range: ClosedRange<Int>,
        flag: Bool = false,
        _ help: String
    ) -> Self {
        let words = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(
            name: name,
            hasFlag: flag,
            range: words,
            help: help,
            isNumber: true,
            assign: { text, configuration in
                let isDecimal = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
                guard isDecimal, let value = Int(text), range.contains(value) else {
                    return InvalidValue("must be \(words)")
                }
                configuration[keyPath: path] = value
                return nil
            },
            text: { String($0[keyPath: path]) }
        )
    }

    /// Returns a key that takes one of a few words.
    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String,
        _ path: any WritableKeyPath<Configuration, Value> & Sendable,
        flag: Bool = false,
        _ help: String
    ) -> Self {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(
            name: name,
            hasFlag: flag,
            range: "one of \(words)",
            help: help,
            isNumber: false,
            assign: { text, configuration in
                guard let value = Value(rawValue: text) else {
                    return InvalidValue("must be one of \(words)")
                }
                configuration[keyPath: path] = value
                return nil
            },
            text: { $0[keyPath: path].rawValue }
        )
    }

    /// Returns a key whose value has its own syntax.
    static func form<Value: ConfigurationForm>(
        _ name: String,
        _ path: any WritableKeyPath<Configuration, Value> & Sendable,
        flag: Bool = false,
        _ help: String
    ) -> Self {
        Self(
            name: name,
            hasFlag: flag,
            range: Value.form,
            help: help,
            isNumber: false,
            assign: { text, configuration in
                do throws(InvalidValue) {
                    configuration[keyPath: path] = try Value(configurationText: text)
                    return nil
                } catch {
                    return error
                }
            },
            text: { $0[keyPath: path].configurationText }
        )
    }
}

/// A value with its own syntax.
protocol ConfigurationForm: Sendable {
    /// The syntax, worded to follow "must be".
    static var form: String { get }

    init(configurationText: String) throws(InvalidValue)

    /// The text for this value, with passwords hidden.
    var configurationText: String { get }
}
