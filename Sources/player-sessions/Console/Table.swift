import Text

/// Rows under headings, in aligned columns.
struct Table {
    /// The side on which a column's texts are aligned.
    enum Alignment {
        case left, right
    }

    /// The maximum length of a cell in characters: more than any id or address has, and a bound for what a service
    /// returns.
    private static let shownCharacters = 400

    private let columns: [(heading: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row with a text for each column, with control characters escaped.
    mutating func add(_ row: [String]) {
        precondition(row.count == columns.count)
        rows.append(
            row.map { excerpt($0, characters: Table.shownCharacters, bytes: 4 * Table.shownCharacters) }
        )
    }

    /// The table; each line ends with a line feed and has no trailing spaces.
    var text: String {
        let all = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = columns.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].alignment == .left ? row[column] + padding : padding + row[column]
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
