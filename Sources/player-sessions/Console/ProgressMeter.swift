/// Shows progress: as a bar on a terminal, as a line every few seconds elsewhere.
struct ProgressMeter {
    private let console: Console
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now
    private static let barInterval = Duration.milliseconds(200)
    private static let lineInterval = Duration.seconds(5)

    init(_ console: Console) {
        self.console = console
    }

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Shows the state if it is time to.
    mutating func update(_ progress: (_ seconds: Double) -> Progress) {
        let now = ContinuousClock.now
        let interval = console.isTerminal ? ProgressMeter.barInterval : ProgressMeter.lineInterval
        guard now - lastShown >= interval else { return }
        lastShown = now
        let seconds = seconds
        if console.isTerminal {
            console.show(bar: progress(seconds).bar(seconds: seconds, columns: console.columns))
        } else {
            console.message(progress(seconds).line(seconds: seconds))
        }
    }

    /// Removes the bar.
    func finish() {
        console.show(bar: "")
    }
}
