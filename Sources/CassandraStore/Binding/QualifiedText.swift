extension Schema {
    /// The CQL keywords that a table's name follows in the texts.
    private static let introductions: Set<Substring> = ["FROM", "INTO", "UPDATE", "EXISTS"]
    private static let tableNames = Set(tables.map { Substring($0.name) })

    /// Returns a text of this module with its table qualified by the keyspace.
    ///
    /// Version 5 of the protocol could carry the keyspace beside the text; a qualified text works with version 4, too,
    /// whatever keyspace a connection uses.
    static func qualified(_ text: String, keyspace: String) -> String {
        var words = text.split(separator: " ", omittingEmptySubsequences: false)
        for index in words.indices.dropFirst()
        where introductions.contains(words[index - 1]) && tableNames.contains(words[index]) {
            words[index] = "\"\(keyspace)\".\(words[index])"
        }
        return words.joined(separator: " ")
    }
}
