/// Shows how far an import came: a bar on a terminal, a line now and then elsewhere.
struct ProgressMeter {
    private let console: Console
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now
    private static let barInterval = Duration.milliseconds(200)
    private static let lineInterval = Duration.seconds(5)

    init(_ console: Console) {
        self.console = console
    }

    /// How long it takes so far.
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Shows the state where it is time to.
    mutating func update(_ tally: ImportTally) {
        let now = ContinuousClock.now
        let interval = console.isTerminal ? ProgressMeter.barInterval : ProgressMeter.lineInterval
        guard now - lastShown >= interval else { return }
        lastShown = now
        if console.isTerminal {
            console.show(bar: ProgressMeter.bar(tally, seconds: seconds, columns: console.columns))
        } else {
            console.message(ProgressMeter.line(tally, seconds: seconds))
        }
    }

    /// Takes the bar away.
    func finish() {
        console.show(bar: "")
    }

    /// The state in words.
    static func line(_ tally: ImportTally, seconds: Double) -> String {
        let done = tally.accepted + tally.expired
        var parts: [String] = []
        if let total = tally.bytesTotal, total > 0 {
            parts.append("\(percentage(tally, of: total))% of \(byteSize(total))")
        } else {
            parts.append(byteSize(tally.bytesRead))
        }
        parts.append("\(grouped(done)) events")
        parts.append("\(grouped(Int(Double(done) / max(seconds, 0.001)))) events/s")
        if tally.rejected > 0 { parts.append("\(grouped(tally.rejected)) invalid") }
        if let total = tally.bytesTotal, tally.bytesRead > 0, total > tally.bytesRead, seconds >= 1 {
            let remaining = seconds * Double(total - tally.bytesRead) / Double(tally.bytesRead)
            parts.append("\(shortDuration(seconds: remaining)) left")
        }
        return parts.joined(separator: ", ")
    }

    /// The state with a bar before it where the total is known, no wider than the terminal.
    static func bar(_ tally: ImportTally, seconds: Double, columns: Int) -> String {
        let text = line(tally, seconds: seconds)
        let width = min(30, columns - text.count - 4)
        guard let total = tally.bytesTotal, total > 0, width >= 5 else {
            return String(text.prefix(max(0, columns - 1)))
        }
        let filled = min(width, tally.bytesRead * width / total)
        let cells = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "[\(cells)] \(text)"
    }

    private static func percentage(_ tally: ImportTally, of total: Int) -> Int {
        min(100, Int(Double(tally.bytesRead) * 100 / Double(total)))
    }
}
