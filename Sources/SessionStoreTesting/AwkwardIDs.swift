import PlayerSessions

extension StoreContract {
    /// Ids that a store would mix up or sort wrongly if it packed, padded, folded or joined them.
    static let awkwardIDs: [Identifier] = {
        let hex = "0a2d12a1a7e145de8bae44c0c6e06629"
        let uuid = "0a2d12a1-a7e1-45de-8bae-44c0c6e06629"
        let texts = [
            // One id in forms that a parser might take for the same.
            hex, uuid, hex.uppercased(), uuid.uppercased(), "0A2d12a1a7e145de8bae44c0c6e06629",
            "0A2d12a1-a7e1-45de-8bae-44c0c6e06629", "{\(uuid)}", "urn:uuid:\(uuid)", "0x\(hex)",
            // Dashes in odd places, and too few or too many of them.
            "0a2d12a1a-7e1-45de-8bae-44c0c6e06629", "0a2d12a1-a7e145de8bae44c0c6e06629",
            "0a2d12a1-a7e1-45de-8bae44c0c6e06629-", "-0a2d12a1a7e1-45de-8bae-44c0c6e06629",
            "0a2d-12a1-a7e1-45de-8bae-44c0c6e06629", "0a2d12a1--a7e1-45de-8bae-4c0c6e066290",
            // Almost hexadecimal.
            "0a2d12a1a7e145de8bae44c0c6e0662", "0a2d12a1a7e145de8bae44c0c6e066290",
            "0a2d12a1a7e145de8bae44c0c6e0662g", "0a2d12a1a7e145de8bae44c0c6e0662 ",
            "0a2d12a1a7e145de8bae44c0c6e0662:", "0a2d12a1a7e145de8bae44c0c6e0662`",
            "0a2d12a1_a7e1_45de_8bae_44c0c6e06629", "0a2d12a1-a7e1-45de-8bae-44c0c6e0662g",
            // Extremes.
            String(repeating: "0", count: 32), String(repeating: "f", count: 32),
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
            String(repeating: "9", count: 32), String(repeating: "x", count: 128),
            String(repeating: "x", count: 127), String(repeating: "x", count: 127) + "y",
            String(repeating: "é", count: 64),
            // Short ones, prefixes of one another, and the length of a packed id.
            "a", "aa", "aaa", "a ", " a", " ", "-", "0", "00", "~", "A", "b", "0123456789abcdef",
            "0123456789abcdef0",
            // Beyond ASCII: two forms of one character, and the ends of the planes.
            "é", "e\u{301}", "ß", "日本", "\u{A0}", "\u{FFFD}", "\u{10FFFF}", "👩‍👩‍👧", "\u{FEFF}a",
            // What a text format would have to escape.
            "\"", "\\", "/", "%00", "a\u{2028}b", "';--", "*",
        ]
        return texts.map(id)
    }()
}
