internal import CQL

extension Schema {
    /// Returns the CQL that creates a table of a keyspace; `version` is the keyspace's.
    ///
    /// The table's id is derived from the names and the version, not chosen by the creating node: nodes that are asked
    /// at the same time create the same table. With random ids they would create two of one name, and never agree.
    static func creation(_ table: (name: String, text: String), keyspace: String, version: Int64?) -> String {
        let text = qualified(table.text, keyspace: keyspace)
        guard let version else { return text }
        let id = identifier(of: "\(keyspace).\(table.name)@\(version)")
        return text + (text.contains(" WITH ") ? " AND" : " WITH") + " id = '\(id)'"
    }

    /// Returns the 128-bit FNV-1a hash, marked as a UUID of version 8: application-defined.
    private static func identifier(of text: String) -> UUID {
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0100_0000_0000_0000_0000_013B }
        let high = UInt64(truncatingIfNeeded: hash >> 64) & ~0xF000 | 0x8000
        let low = UInt64(truncatingIfNeeded: hash) & ~(3 << 62) | 1 << 63
        return UUID(high: high, low: low)
    }

    /// Returns the CQL that creates a keyspace and its tables, one statement with a semicolon each, to be run by hand.
    static func script(_ address: ClusterAddress) -> String {
        let replication = address.replication ?? .copies(KeyspaceMaker.defaultCopies)
        let map = replication.cql(dataCenter: address.dataCenter)
        let statements =
            [keyspace(address.keyspace, replication: map)]
            + tables.map { creation($0, keyspace: address.keyspace, version: nil) }
        return statements.map { $0 + ";\n" }.joined(separator: "\n")
    }
}
