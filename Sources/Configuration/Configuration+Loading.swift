internal import Text

extension Configuration {
    /// Reads all sources: flags beat environment variables, which beat the file, which beats the defaults.
    ///
    /// - Parameters:
    ///   - file: The path given by `--config`; without one, `PLAYER_SESSIONS_CONFIG` may name a file.
    ///   - environment: The whole environment; variables that do not begin with `PLAYER_SESSIONS_` are skipped.
    ///   - flags: The values of the command line's flags, by the name of their key: `["retention_days": "30"]`.
    /// - Returns: The effective values, each with its source.
    /// - Throws: The first error; unknown keys come before wrong values, and files before the environment and flags.
    public static func load(
        file: String?,
        environment: [String: String],
        flags: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        // Check all sources completely, including overridden values, so that no error stays hidden.
        let settings = [
            try fileSettings(path: file, environment: environment),
            try environmentSettings(environment),
            try flagSettings(flags),
        ]
        var configuration = Configuration()
        var faults: [ConfigurationError] = []
        for setting in settings.joined() {
            if let invalid = setting.key.assign(setting.value, &configuration) {
                faults.append(setting.error(invalid.reason))
            }
            configuration.sources[setting.key.name] = setting.source
        }
        if let fault = faults.first { throw fault }
        try configuration.checkTogether()
        try configuration.checkCache()
        return configuration
    }

    /// Returns the log format by these sources, to report an error in another value.
    ///
    /// Returns text if no source names a format or the file cannot be read.
    public static func logFormat(file: String?, environment: [String: String], flag: String?) -> LogFormat {
        if let text = flag ?? environment[variablePrefix + "LOG_FORMAT"] {
            return LogFormat(rawValue: text) ?? .text
        }
        guard let path = file ?? environment[fileVariable],
            let members = try? ConfigurationFile.read(path: path),
            case .string(let text)? = members.first(where: { $0.name == "log_format" })?.value
        else { return .text }
        return LogFormat(rawValue: text) ?? .text
    }

    /// Checks the constraints between keys.
    private func checkTogether() throws(ConfigurationError) {
        // Such a batch would always get 503.
        guard maxQueuedEvents >= maxBatchEvents else {
            throw ConfigurationError(
                key: "max_queued_events",
                source: sources["max_queued_events"] ?? .defaults,
                value: String(maxQueuedEvents),
                reason: "must be no fewer than max_batch_events, which is \(maxBatchEvents)"
            )
        }
        // Such a body would, too. Sent in chunks, it may take twice its size while it grows.
        guard maxBufferedMegabytes << 20 >= 2 * maxBodyBytes else {
            throw ConfigurationError(
                key: "max_buffered_megabytes",
                source: sources["max_buffered_megabytes"] ?? .defaults,
                value: String(maxBufferedMegabytes),
                reason: "must be room for two bodies of max_body_bytes, which is \(maxBodyBytes)"
            )
        }
    }

    /// Checks the size of the cache, which must be 0 or at least a minimum.
    private func checkCache() throws(ConfigurationError) {
        guard blockCacheMegabytes == 0 || blockCacheMegabytes >= Configuration.leastCacheMegabytes else {
            throw ConfigurationError(
                key: "block_cache_megabytes",
                source: sources["block_cache_megabytes"] ?? .defaults,
                value: String(blockCacheMegabytes),
                reason:
                    "must be 0, for a share of the memory, or at least \(Configuration.leastCacheMegabytes)"
            )
        }
    }

    /// With less, one lookup would read the same blocks again and again.
    private static let leastCacheMegabytes = 8

    private static func fileSettings(
        path: String?,
        environment: [String: String]
    ) throws(ConfigurationError) -> [Setting] {
        guard let path = path ?? environment[fileVariable] else { return [] }
        var settings: [Setting] = []
        for member in try ConfigurationFile.read(path: path) {
            let source = Source.file(path: path, line: member.line)
            guard let key = key(named: member.name) else {
                throw ConfigurationError(
                    key: member.name,
                    source: source,
                    value: nil,
                    reason: "is not a key; \(Suggestion.text(for: member.name, among: keys.map(\.name)))"
                )
            }
            if let first = settings.first(where: { $0.key.name == key.name }) {
                throw ConfigurationError(
                    key: key.name,
                    source: source,
                    value: nil,
                    reason: "is given twice, first at \(first.source)"
                )
            }
            switch member.value {
            case .number(let value) where key.isNumber, .string(let value):
                settings.append(Setting(key: key, value: value, source: source))
            case .number(let value), .other(let value):
                throw ConfigurationError(
                    key: key.name,
                    source: source,
                    value: value,
                    reason: "must be \(key.range)\(key.isNumber ? "" : ", in quotes")"
                )
            }
        }
        return settings
    }

    private static func environmentSettings(
        _ environment: [String: String]
    ) throws(ConfigurationError) -> [Setting] {
        var settings: [Setting] = []
        for (variable, value) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(variablePrefix) && !otherVariables.contains(variable) {
            let source = Source.environment(variable: variable)
            if let key = keys.first(where: { $0.variable == variable }) {
                settings.append(Setting(key: key, value: value, source: source))
            } else if !isServiceLink(variable, value) {
                throw ConfigurationError(
                    key: variable,
                    source: .environment(variable: variable),
                    value: nil,
                    reason: "belongs to no key; "
                        + Suggestion.text(
                            for: variable,
                            among: keys.map(\.variable) + otherVariables,
                            prefix: variablePrefix
                        )
                )
            }
        }
        return settings
    }

    /// Returns whether Kubernetes may have set a variable, as it does in every pod beside a service named
    /// `player-sessions`.
    ///
    /// Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    private static func isServiceLink(_ variable: String, _ value: String) -> Bool {
        if variable.hasSuffix("_SERVICE_HOST") || variable.contains("_SERVICE_PORT") { return true }
        guard variable.hasSuffix("_PORT") || variable.contains("_PORT_") else { return false }
        return ["_TCP", "_UDP", "_SCTP"].contains { variable.contains($0) }
            || ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
    }

    private static func flagSettings(_ flags: [String: String]) throws(ConfigurationError) -> [Setting] {
        var settings: [Setting] = []
        for (name, value) in flags.sorted(by: { $0.key < $1.key }) {
            guard let key = key(named: name), let flag = key.flag else {
                throw ConfigurationError(
                    key: name,
                    source: .flag(name),
                    value: nil,
                    reason: "is not a key with a flag; "
                        + Suggestion.text(for: name, among: keys.filter(\.hasFlag).map(\.name))
                )
            }
            settings.append(Setting(key: key, value: value, source: .flag(flag)))
        }
        return settings
    }
}

/// A value that a source gives to a key.
private struct Setting {
    var key: Configuration.Key
    var value: String
    var source: Configuration.Source

    func error(_ reason: String) -> ConfigurationError {
        ConfigurationError(key: key.name, source: source, value: hidingPasswords(value), reason: reason)
    }
}
