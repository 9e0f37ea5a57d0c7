/// Shows how far something came: a bar on a terminal, a line now and then elsewhere.
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

    /// Takes the bar away.
    func finish() {
        console.show(bar: "")
    }
}
