import Arguments
import Text

/// Where a running service listens.
struct ServiceAddress: Sendable, CustomStringConvertible {
    /// Without a slash at the end; may hold a password.
    private let text: String

    /// The address for people, the password hidden.
    var description: String { hidingPasswords(text) }

    /// Where the service listens unless told otherwise.
    static let standard = ServiceAddress(checked: "http://127.0.0.1:5000")

    /// How an address is written.
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

    /// An address that was checked.
    init(checked text: String) {
        self.text = text
    }

    /// Whether a password is sent that others on the way can read.
    var exposesPassword: Bool {
        guard hasPassword, text.lowercased().hasPrefix("http://"), let at = text.lastIndex(of: "@") else {
            return false
        }
        let host = text[text.index(after: at)...].prefix { $0 != "/" }
        return !isLoopback(
            String(host.first == "[" ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" })
        )
    }

    /// Whether the address holds a password.
    var hasPassword: Bool { description != text }

    /// The address of a path with parameters.
    func url(_ path: String, _ parameters: [(name: String, value: String)] = []) -> String {
        let query = parameters.map { "\($0.name)=\(PercentCoding.encode($0.value))" }
        return text + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// What to tell when no connection can be made.
    func connectionFailure(_ error: TransferError) -> Failure {
        guard error.isConnectionFailure else { return Failure("\(description): \(error)") }
        return Failure(
            "cannot connect to \(description): \(error) (is the service running? 'player-sessions serve' starts "
                + "it, and --url says where it listens)"
        )
    }
}
