internal import Text

extension CassandraLocation {
    /// Applies parameters such as `replication=3&consistency=…` to this value.
    mutating func apply(parameters text: Substring) throws(InvalidValue) {
        var seen: [String: String] = [:]
        for parameter in text.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard CassandraLocation.parameterNames.contains(name) else {
                let suggestion = Suggestion.text(for: name, among: CassandraLocation.parameterNames)
                throw InvalidValue("has an unknown parameter \"\(shown(name))\"; \(suggestion)")
            }
            guard parts.count == 2, !parts[1].isEmpty else { throw InvalidValue("has no value for \(name)") }
            guard seen.updateValue(String(parts[1]), forKey: name) == nil else {
                throw InvalidValue("has \(name) twice")
            }
        }
        if let text = seen["password_file"] { try applyPasswordFile(text[...]) }
        if let text = seen["replication"] { replication = try Replication(text[...]) }
        if let text = seen["consistency"] { consistency = try Consistency(text) }
        if let text = seen["datacenter"] { dataCenter = try dataCenterName(text[...]) }
        try applyEncryption(tls: seen["tls"], file: seen["ca"])
        try checkDataCenter()
    }

    /// Returns a copy with another replication, in the form of the parameter: `3`, or `dc1:3,dc2:3`.
    ///
    /// - Throws: An error that shows the text.
    public func replicated(
        _ text: String,
        source: Configuration.Source
    ) throws(ConfigurationError) -> CassandraLocation {
        var other = self
        do throws(InvalidValue) {
            other.replication = try Replication(text[...])
            try other.checkDataCenter()
        } catch {
            throw ConfigurationError(key: "store", source: source, value: text, reason: error.reason)
        }
        return other
    }

    private mutating func applyPasswordFile(_ text: Substring) throws(InvalidValue) {
        guard let origin = credentials?.origin else {
            throw InvalidValue("has password_file without a user; write USER@HOST")
        }
        guard origin != .address else {
            throw InvalidValue("has a password and password_file; only one of them can be right")
        }
        let file = try path(text, "password_file")
        credentials?.origin = .file(file)
    }

    private func path(_ text: Substring, _ name: String) throws(InvalidValue) -> String {
        let path = try percentDecoded(text, what: name)
        guard !path.utf8.contains(0) else { throw InvalidValue("has a NUL in \(name)") }
        return path
    }

    private mutating func applyEncryption(tls: String?, file: String?) throws(InvalidValue) {
        guard tls == nil || tls == "true" || tls == "false" else {
            throw InvalidValue("must have tls=true or tls=false")
        }
        guard tls == "true" else {
            guard file == nil else { throw InvalidValue("has ca without tls=true") }
            return
        }
        encryption = Encryption(
            certificateAuthorityFile: try file.map { text throws(InvalidValue) in try path(text[...], "ca") }
        )
    }

    /// Throws if the data centre has no copies and so could never reach a quorum of its own.
    private func checkDataCenter() throws(InvalidValue) {
        guard consistency == .localQuorum, let dataCenter, case .dataCenters(let centers)? = replication,
            !centers.contains(where: { $0.name == dataCenter })
        else { return }
        throw InvalidValue("has datacenter \"\(shown(dataCenter))\" without copies in replication")
    }
}

extension CassandraLocation.Consistency {
    fileprivate init(_ text: String) throws(InvalidValue) {
        guard let level = Self(rawValue: text) else {
            throw InvalidValue(
                "must have consistency LOCAL_QUORUM or QUORUM; with others, acknowledged events may be missing from answers"
            )
        }
        self = level
    }
}

extension CassandraLocation.Replication {
    /// More copies than any cluster can use.
    private static let copies = 1...1_000

    fileprivate init(_ text: Substring) throws(InvalidValue) {
        if let copies = Self.number(text) {
            self = .copies(copies)
            return
        }
        var centers: [CassandraLocation.DataCenter] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count == 2, let copies = Self.number(halves[1]) else {
                throw InvalidValue(
                    "must have replication from 1 to 1000, as in replication=3 or replication=dc1:3,dc2:3"
                )
            }
            let name = try dataCenterName(halves[0])
            guard !centers.contains(where: { $0.name == name }) else {
                throw InvalidValue("has data centre \"\(shown(name))\" twice in replication")
            }
            centers.append(CassandraLocation.DataCenter(name: name, copies: copies))
        }
        self = .dataCenters(centers)
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
        return copies.contains(number) ? number : nil
    }
}

/// Returns the name of a data centre; it is quoted in CQL, so it may contain no quotes.
private func dataCenterName(_ text: Substring) throws(InvalidValue) -> String {
    let name = try percentDecoded(text, what: "data centre")
    let isName =
        (1...128).contains(name.utf8.count)
        && name.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && !["'", "\"", "\\"].contains($0)
        }
    guard isName else {
        throw InvalidValue("must have data centres of 1 to 128 bytes without quotes and control characters")
    }
    return name
}
