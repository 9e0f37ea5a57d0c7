struct Progress {
    /// The share that is done, 0 to 1, or `nil` if unknown.
    var share: Double?
    /// What is done so far, in words.
    var words: [String]

    /// Returns the state in words, with the remaining time if it can be estimated.
    func line(seconds: Double) -> String {
        guard let share, share > 0, share < 1, seconds >= 1 else { return words.joined(separator: ", ") }
        let left = shortDuration(seconds: seconds * (1 - share) / share)
        return (words + ["\(left) left"]).joined(separator: ", ")
    }

    /// Returns the state, after a bar if the share is known, no wider than the terminal.
    func bar(seconds: Double, columns: Int) -> String {
        let text = line(seconds: seconds)
        let width = min(30, columns - text.count - 4)
        guard let share, width >= 5 else { return String(text.prefix(max(0, columns - 1))) }
        let filled = min(width, Int(share * Double(width)))
        let cells = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "[\(cells)] \(text)"
    }
}

/// Formats the average growth per second of a number.
func rate(_ number: Int, seconds: Double) -> String {
    grouped(Int(exactly: (Double(number) / max(seconds, 0.001)).rounded(.towardZero)) ?? .max)
}
