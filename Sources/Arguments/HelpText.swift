/// A help text under construction: headings, paragraphs and aligned rows, no wider than a terminal.
struct HelpText {
    /// The most columns of a line, unless a single word is longer.
    static let width = 96
    /// The widest left column; a wider entry gets its own line.
    static let maximumLeftColumn = 30

    private(set) var text = ""

    mutating func heading(_ heading: String) {
        if !text.isEmpty { text += "\n" }
        text += "\(heading):\n"
    }

    mutating func paragraph(_ paragraph: String) {
        if !text.isEmpty { text += "\n" }
        lines(HelpText.wrap(paragraph, columns: HelpText.width), indentation: 0)
    }

    mutating func lines(_ lines: [String], indentation: Int) {
        for line in lines { text += String(repeating: " ", count: indentation) + line + "\n" }
    }

    mutating func section(_ heading: String, _ lines: [String]) {
        self.heading(heading)
        self.lines(lines, indentation: 2)
    }

    mutating func section(_ heading: String, _ rows: [(left: String, right: String)]) {
        self.heading(heading)
        let left = rows.map(\.left.count).filter { $0 <= HelpText.maximumLeftColumn }.max() ?? 0
        let indentation = left + 4
        for row in rows {
            let wrapped = HelpText.wrap(row.right, columns: HelpText.width - indentation)
            let padding = String(repeating: " ", count: max(0, left - row.left.count) + 2)
            if row.left.count > left {
                lines([row.left], indentation: 2)
                lines(wrapped, indentation: indentation)
            } else {
                lines([row.left + padding + (wrapped.first ?? "")], indentation: 2)
                lines(Array(wrapped.dropFirst()), indentation: indentation)
            }
        }
    }

    /// Returns the words in lines of at most `columns` columns; a longer word gets its own line.
    static func wrap(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
