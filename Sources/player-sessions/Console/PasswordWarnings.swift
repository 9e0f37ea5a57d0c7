import Configuration
import Glibc

/// Finds passwords that others can read, on this machine or on the network.
enum PasswordWarnings {
    /// Returns the warnings about the store's password.
    static func of(_ configuration: Configuration) -> [String] {
        guard case .cassandra(let location) = configuration.store, let credentials = location.credentials
        else {
            return []
        }
        var warnings: [String] = []
        if credentials.origin == .address, case .flag(let flag) = configuration.storeSource {
            warnings.append(
                "the password in \(flag) shows in the list of processes; write USER@HOST with password_file=FILE, or "
                    + "set \(Configuration.passwordVariable)"
            )
        }
        if location.encryption == nil, !location.contactPoints.allSatisfy({ isLoopback($0.host) }) {
            warnings.append(
                "the password is sent to the cluster without TLS; tls=true in the address encrypts it"
            )
        }
        return warnings
    }

    /// Returns the warnings about the password in the address of a service.
    static func of(_ address: ServiceAddress, isArgument: Bool) -> [String] {
        guard address.hasPassword else { return [] }
        var warnings: [String] = []
        if isArgument {
            warnings.append(
                "the password in --url shows in the list of processes; \(Configuration.urlVariable) hides it"
            )
        }
        if address.exposesPassword {
            warnings.append("the password is sent to \(address) without TLS; https:// encrypts it")
        }
        return warnings
    }

    /// Prints a warning for the user of a command.
    static func tell(_ warning: String) {
        write("\(Program.syntax.name): warning: \(warning)\n", to: STDERR_FILENO)
    }
}

/// Returns whether a host is this machine and no other.
func isLoopback(_ host: String) -> Bool {
    let isIPv4 = host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    return host.lowercased() == "localhost" || host == "::1" || isIPv4 && host.hasPrefix("127.")
}
