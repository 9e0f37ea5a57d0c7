internal import CQL

extension Schema {
    /// The text that makes a table of a keyspace; `version` is that of the keyspace.
    ///
    /// The table's id comes from the names and the version, not from the node that makes it: nodes that are asked at the
    /// same time make the same table. With ids by chance they would make two of one name, and never agree.
    static func creation(_ table: (name: String, text: String), keyspace: String, version: Int64?) -> String {
        let text = qualified(table.text, keyspace: keyspace)
        guard let version else { return text }
        let id = identifier(of: "\(keyspace).\(table.name)@\(version)")
        return text + (text.contains(" WITH ") ? " AND" : " WITH") + " id = '\(id)'"
    }

    /// FNV-1a of 128 bits, marked as a UUID of the eighth version: one of somebody's own making.
    private static func identifier(of text: String) -> UUID {
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* 0x0100_0000_0000_0000_0000_013B }
        let high = UInt64(truncatingIfNeeded: hash >> 64) & ~0xF000 | 0x8000
        let low = UInt64(truncatingIfNeeded: hash) & ~(3 << 62) | 1 << 63
        return UUID(high: high, low: low)
    }

    /// Everything that makes a keyspace and its tables, a statement with its semicolon for each, for a person to run.
    static func script(_ address: ClusterAddress) -> String {
        let replication = address.replication ?? .copies(KeyspaceMaker.defaultCopies)
        let map = replication.cql(dataCenter: address.dataCenter)
        let statements =
            [keyspace(address.keyspace, replication: map)]
            + tables.map { creation($0, keyspace: address.keyspace, version: nil) }
        return statements.map { $0 + ";\n" }.joined(separator: "\n")
    }
}
