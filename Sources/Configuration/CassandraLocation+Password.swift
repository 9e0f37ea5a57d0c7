internal import Text

extension StoreLocation {
    /// Returns a copy with the password that the address leaves to a file or to the environment.
    ///
    /// For commands that log in; others need not be able to read the file.
    ///
    /// - Throws: An error that names the file or the variable.
    public func withPassword(
        environment: [String: String],
        source: Configuration.Source
    ) throws(ConfigurationError) -> StoreLocation {
        guard case .cassandra(var location) = self, let credentials = location.credentials else {
            return self
        }
        do throws(InvalidValue) {
            switch credentials.origin {
            case .address: break
            case .file(let path): location.credentials?.password = try readPassword(path)
            case .environment:
                location.credentials?.password = try checkedPassword(
                    environment[Configuration.passwordVariable],
                    user: credentials.user
                )
            }
        } catch {
            throw ConfigurationError(
                key: "store",
                source: source,
                value: configurationText,
                reason: error.reason
            )
        }
        return .cassandra(location)
    }

    private func checkedPassword(_ text: String?, user: String) throws(InvalidValue) -> String {
        guard let text else {
            throw InvalidValue(
                "has a user without a password; add ?password_file=FILE, or set \(Configuration.passwordVariable)"
            )
        }
        guard !text.isEmpty else {
            throw InvalidValue("needs a password, and \(Configuration.passwordVariable) is empty")
        }
        return text
    }

    /// Returns the first line of a file.
    private func readPassword(_ path: String) throws(InvalidValue) -> String {
        let name = "password_file \(shown(path))"
        let bytes: [UInt8]
        do throws(FileFault) { bytes = try ConfigurationFile.contents(path: path) } catch {
            throw InvalidValue("needs its \(name), which \(error.reason)")
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else { throw InvalidValue("needs its \(name), whose first line is empty") }
        guard let password = String(validating: line, as: UTF8.self), !line.contains(0) else {
            throw InvalidValue("needs its \(name), which is not a text in UTF-8")
        }
        return password
    }
}

extension Configuration {
    /// The variable that holds the password of a Cassandra user whose address has none.
    public static let passwordVariable = "PLAYER_SESSIONS_CASSANDRA_PASSWORD"

    /// Returns a copy that can log in to its store.
    ///
    /// - Throws: An error that names the file or the variable of the password.
    public func withPassword(environment: [String: String]) throws(ConfigurationError) -> Configuration {
        var other = self
        other.store = try store.withPassword(
            environment: environment,
            source: sources["store"] ?? .defaults
        )
        return other
    }
}
