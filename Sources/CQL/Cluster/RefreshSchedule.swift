/// When to read topology and schema again, in milliseconds of the loop's clock.
///
/// A change reported during a read may be too late for it, so another read follows.
struct RefreshSchedule {
    /// How long changes are gathered.
    let delay: UInt64
    /// The pause if no change is reported.
    let interval: UInt64
    /// When to read; `.max` during a read and before the first one.
    private(set) var due = UInt64.max
    private(set) var isUnderWay = false
    private var hasChanged = false

    /// The pause after an incomplete row: a joining node is reported before its row is complete.
    static let incompletePause: UInt64 = 30_000

    init(delay: UInt64, interval: UInt64) {
        self.delay = delay
        self.interval = interval
    }

    mutating func changed(_ now: UInt64) {
        if isUnderWay { hasChanged = true } else { due = min(due, now.saturatingAdd(delay)) }
    }

    mutating func begin() {
        isUnderWay = true
        hasChanged = false
        due = .max
    }

    /// Records that the read has ended, and schedules the next one.
    mutating func end(_ now: UInt64, isComplete: Bool = true) {
        isUnderWay = false
        let pause = isComplete ? interval : min(interval, Self.incompletePause)
        due = now.saturatingAdd(hasChanged ? min(delay, pause) : pause)
        hasChanged = false
    }

    /// Resets the schedule after the connection was lost; the next one reads everything.
    mutating func reset() {
        self = RefreshSchedule(delay: delay, interval: interval)
    }
}
