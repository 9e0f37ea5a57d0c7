extension Schema {
    /// The words of CQL behind which the texts name a table.
    private static let introductions: Set<Substring> = ["FROM", "INTO", "UPDATE", "EXISTS"]
    private static let tableNames = Set(tables.map { Substring($0.name) })

    /// A text of this module with its table named with the keyspace.
    ///
    /// Version 5 of the protocol could name the keyspace beside the text; a text that names it works with version 4, too,
    /// whatever keyspace a connection is in.
    static func qualified(_ text: String, keyspace: String) -> String {
        var words = text.split(separator: " ", omittingEmptySubsequences: false)
        for index in words.indices.dropFirst()
        where introductions.contains(words[index - 1]) && tableNames.contains(words[index]) {
            words[index] = "\"\(keyspace)\".\(words[index])"
        }
        return words.joined(separator: " ")
    }
}
