import Arguments
import Configuration
import Foundation

extension ServiceAddress {
    /// `--url`, which takes precedence.
    static let option = Option<ServiceAddress?>.optional(
        "url",
        format,
        shown:
            "$\(Configuration.urlVariable), else where the configuration listens, which is \(standard) by default",
        help: "where the service listens"
    )

    /// The options by which commands find a running service.
    static let options = [option.syntax, ConfigurationOptions.file.syntax]

    /// Returns the address from `--url`, else from the environment, else that of a service with the same configuration.
    static func find(_ arguments: ParsedArguments, command: String) throws -> ServiceAddress {
        if let address = arguments[option] {
            PasswordWarnings.of(address, isArgument: true).forEach(PasswordWarnings.tell)
            return address
        }
        if let text = ProcessInfo.processInfo.environment[Configuration.urlVariable] {
            do {
                let address = try format.read(text)
                PasswordWarnings.of(address, isArgument: false).forEach(PasswordWarnings.tell)
                return address
            } catch {
                throw Failure("\(Configuration.urlVariable) \(quoted(text)): \(error.reason)")
            }
        }
        let configuration = try ConfigurationOptions.load(arguments, command: command, logsIn: false)
        guard let address = ServiceAddress(configuration.listen) else {
            throw UsageError(
                command: command,
                "the configuration listens at any free port; --url says at which, as in --url \(standard)"
            )
        }
        return address
    }

    /// Creates the address at which this machine reaches a service that listens there; `nil` if any free port is meant.
    init?(_ listen: ListenAddress) {
        guard listen.port > 0 else { return nil }
        let host =
            switch listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            // The zone of an address is escaped in a URL (RFC 6874).
            case let host where host.contains(":"): "[\(host.replacing("%", with: "%25"))]"
            case let host: host
            }
        self.init(checked: "http://\(host):\(listen.port)")
    }
}
