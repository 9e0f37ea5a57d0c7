import Arguments
import Configuration
import Foundation
import Text

/// The flags of configuration keys, and the loading of the configuration from all its sources.
enum ConfigurationOptions {
    static let file = Option<String?>.optional(
        "config",
        .text("FILE"),
        shown: "$\(Configuration.fileVariable), where set",
        help: "a JSON5 file of keys"
    )

    /// `--config` and a flag for every key that has one.
    static let all = [file.syntax] + flags(of: Configuration.keys)

    /// Returns `--config` and the flags of the given keys; `otherDefaults` replaces defaults that the help shows.
    static func only(_ names: [String], otherDefaults: [String: String] = [:]) -> [OptionSyntax] {
        [file.syntax] + flags(of: Configuration.keys.filter { names.contains($0.name) }, otherDefaults)
    }

    /// Returns the effective configuration, with the store's password if the command `logsIn`.
    ///
    /// - Throws: `UsageError` if a flag is wrong, `Failure` if another source is.
    static func load(
        _ arguments: ParsedArguments,
        command: String,
        logsIn: Bool
    ) throws -> Configuration {
        var values: [String: String] = [:]
        for key in Configuration.keys {
            guard let flag = key.flag, let text = arguments.texts[String(flag.dropFirst(2))] else { continue }
            values[key.name] = text
        }
        do {
            let environment = ProcessInfo.processInfo.environment
            let configuration = try Configuration.load(
                file: arguments[file],
                environment: environment,
                flags: values
            )
            return logsIn ? try configuration.withPassword(environment: environment) : configuration
        } catch {
            guard case .flag(let flag) = error.source else { throw Failure(error.description) }
            let value = error.value.map { " \(quoted($0))" } ?? ""
            throw UsageError(command: command, "\(flag)\(value): \(error.reason)")
        }
    }

    private static func flags(
        of keys: [Configuration.Key],
        _ otherDefaults: [String: String] = [:]
    ) -> [OptionSyntax] {
        keys.compactMap { key in
            guard let flag = key.flag else { return nil }
            return OptionSyntax(
                name: String(flag.dropFirst(2)),
                placeholder: placeholder(of: key),
                help: key.help,
                allowed: key.range,
                defaultText: otherDefaults[key.name] ?? (key.defaultText.isEmpty ? "none" : key.defaultText)
            )
        }
    }

    private static func placeholder(of key: Configuration.Key) -> String {
        switch key.name {
        case "listen": "HOST:PORT"
        case "store": "STORE"
        case "allowed_origins": "ORIGINS"
        case "allowed_hosts": "HOSTS"
        case "log_format", "log_level": "WORD"
        default: "N"
        }
    }
}
