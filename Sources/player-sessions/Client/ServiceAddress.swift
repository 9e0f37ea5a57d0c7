import Arguments
import Text

/// The address of a running service.
struct ServiceAddress: Sendable, CustomStringConvertible {
    /// Without a trailing slash; may hold a password.
    private let text: String

    /// The address for messages, with the password hidden.
    var description: String { hidingPasswords(text) }

    /// The address where a service listens by default.
    static let standard = ServiceAddress(checked: "http://127.0.0.1:5000")

    /// The syntax of an address on the command line.
    static let format = ValueFormat<ServiceAddress>("URL") { (text) throws(InvalidValue) in
        let prefixes = ["http://", "https://"]
        guard let prefix = prefixes.first(where: text.lowercased().hasPrefix),
            let first = text.dropFirst(prefix.count).first, first != "/", first != ":",
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("?"), !text.contains("#")
        else {
            throw InvalidValue("must be an address with http:// or https://, such as http://127.0.0.1:5000")
        }
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        return ServiceAddress(checked: text)
    }

    init(checked text: String) {
        self.text = text
    }

    /// Whether the address makes clients send a password unencrypted to another machine.
    var exposesPassword: Bool {
        guard hasPassword, text.lowercased().hasPrefix("http://"), let at = text.lastIndex(of: "@") else {
            return false
        }
        let host = text[text.index(after: at)...].prefix { $0 != "/" }
        return !isLoopback(
            String(host.first == "[" ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" })
        )
    }

    var hasPassword: Bool { description != text }

    /// Returns the URL of a path with parameters.
    func url(_ path: String, _ parameters: [(name: String, value: String)] = []) -> String {
        let query = parameters.map { "\($0.name)=\(PercentCoding.encode($0.value))" }
        return text + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// Returns the failure to report for a request that got no response.
    func connectionFailure(_ error: TransferError) -> Failure {
        guard error.isConnectionFailure else { return Failure("\(description): \(error)") }
        return Failure(
            "cannot connect to \(description): \(error) (is the service running? 'player-sessions serve' starts "
                + "it, and --url says where it listens)"
        )
    }
}
