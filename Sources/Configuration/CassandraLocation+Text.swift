internal import Text

extension CassandraLocation: ConfigurationForm {
    static let prefix = "cassandra://"
    static let form =
        "cassandra://USER@HOST,HOST:PORT/KEYSPACE?password_file=FILE&replication=3&consistency=LOCAL_QUORUM&datacenter=NAME&tls=true&ca=FILE"

    /// The parameters that may follow the keyspace, in the order in which they are written.
    static let parameterNames = [
        "password_file", "replication", "consistency", "datacenter", "tls", "ca",
    ]

    init(configurationText text: String) throws(InvalidValue) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw InvalidValue("has a space or a control character; in an address it is written as in %20")
        }
        guard !text.contains("#") else { throw InvalidValue("has a #; in an address it is written %23") }
        let address = text.dropFirst(CassandraLocation.prefix.count)
        let halves = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // Otherwise a password with a bare ? would be taken for a host and parameters, which messages show.
        guard halves.count == 1 || !halves[1].contains("@") else {
            throw InvalidValue(
                "has an @ behind its ?; in a user or password a ? is written %3F, in a parameter an @ is written %40"
            )
        }
        let (authority, keyspace) = try CassandraLocation.splitPath(halves[0])
        let (credentials, hosts) = try CassandraLocation.splitCredentials(authority)

        self.init(
            credentials: credentials,
            contactPoints: try CassandraLocation.contactPoints(hosts),
            keyspace: keyspace,
            consistency: .localQuorum
        )
        if halves.count > 1 { try apply(parameters: halves[1]) }
    }

    /// The address for this value, with the password hidden.
    var configurationText: String {
        var text = CassandraLocation.prefix
        var parameters: [(name: String, value: String)] = []
        if let credentials {
            text += PercentCoding.encode(credentials.user, keepsSlashes: true)
            switch credentials.origin {
            case .address: text += ":***@"
            case .environment: text += "@"
            case .file(let path):
                text += "@"
                parameters.append(("password_file", PercentCoding.encode(path, keepsSlashes: true)))
            }
        }
        text += contactPoints.map { HostAndPort.text(host: $0.host, port: $0.port) }.joined(separator: ",")
        text += "/" + keyspace
        switch replication {
        case .copies(let copies): parameters.append(("replication", String(copies)))
        case .dataCenters(let centers):
            let map = centers.map { "\(PercentCoding.encode($0.name, keepsSlashes: true)):\($0.copies)" }
                .joined(separator: ",")
            parameters.append(("replication", map))
        case nil: break
        }
        parameters.append(("consistency", consistency.rawValue))
        if let dataCenter {
            parameters.append(("datacenter", PercentCoding.encode(dataCenter, keepsSlashes: true)))
        }
        if let encryption {
            parameters.append(("tls", "true"))
            if let file = encryption.certificateAuthorityFile {
                parameters.append(("ca", PercentCoding.encode(file, keepsSlashes: true)))
            }
        }
        return text + "?" + parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func splitPath(_ text: Substring) throws(InvalidValue) -> (Substring, keyspace: String) {
        // Otherwise a password with a bare / would be taken for a host and a keyspace.
        guard let slash = text.firstIndex(of: "/") else { return (text, defaultKeyspace) }
        let path = text[text.index(after: slash)...]
        guard !path.contains("@") else {
            throw InvalidValue("has a / in its user or password; there it is written %2F")
        }
        if path.isEmpty { return (text[..<slash], defaultKeyspace) }
        let isKeyspace =
            path.utf8.count <= 48 && path.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && path.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
        guard isKeyspace else {
            throw InvalidValue("must have a keyspace of 1 to 48 of a-z, 0-9 and _ that begins with a letter")
        }
        guard path != "system", !path.hasPrefix("system_") else {
            throw InvalidValue("names a keyspace of Cassandra's own")
        }
        return (text[..<slash], String(path))
    }

    private static func splitCredentials(
        _ authority: Substring
    ) throws(InvalidValue) -> (Credentials?, hosts: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
        let (login, hosts) = (authority[..<at], authority[authority.index(after: at)...])
        guard !login.contains("@") else {
            throw InvalidValue("has several @; in a user or password it is written %40")
        }
        let colon = login.firstIndex(of: ":") ?? login.endIndex
        let user = try percentDecoded(login[..<colon], what: "user")
        guard colon < login.endIndex else {
            guard !user.isEmpty else { throw InvalidValue("has an empty user") }
            return (Credentials(user: user, password: "", origin: .environment), hosts)
        }
        let password = try percentDecoded(login[login.index(after: colon)...], what: "password")
        guard !user.isEmpty, !password.isEmpty else {
            throw InvalidValue("has an empty \(user.isEmpty ? "user" : "password")")
        }
        return (Credentials(user: user, password: password), hosts)
    }

    private static func contactPoints(_ text: Substring) throws(InvalidValue) -> [ContactPoint] {
        guard !text.isEmpty else { throw InvalidValue("has no host; write \(form)") }
        var points: [ContactPoint] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw InvalidValue("has an empty host in its list") }
            let (host, port) = try HostAndPort.parse(part, ports: 1...65_535)
            let point = ContactPoint(host: host, port: port ?? defaultPort)
            guard !points.contains(point) else {
                throw InvalidValue("names \(HostAndPort.text(host: host, port: point.port)) twice")
            }
            points.append(point)
        }
        return points
    }
}
