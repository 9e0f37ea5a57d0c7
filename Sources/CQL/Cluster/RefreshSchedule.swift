/// When topology and schema are read anew, in milliseconds of the loop's clock.
///
/// A change that is told of during a reading may be too late for it, so another reading follows.
struct RefreshSchedule {
    /// How long changes are gathered.
    let delay: UInt64
    /// The pause where nothing is told.
    let interval: UInt64
    /// When to read; `.max` while a reading is under way, and before the first one.
    private(set) var due = UInt64.max
    private(set) var isUnderWay = false
    private var hasChanged = false

    /// The pause where a row was not complete: a node that joins is told of before all of its row is there.
    static let incompletePause: UInt64 = 30_000

    init(delay: UInt64, interval: UInt64) {
        self.delay = delay
        self.interval = interval
    }

    /// Takes note of a change.
    mutating func changed(_ now: UInt64) {
        if isUnderWay { hasChanged = true } else { due = min(due, now.saturatingAdd(delay)) }
    }

    /// Takes note that a reading begins.
    mutating func begin() {
        isUnderWay = true
        hasChanged = false
        due = .max
    }

    /// Takes note that the reading has ended, and plans the next one.
    mutating func end(_ now: UInt64, isComplete: Bool = true) {
        isUnderWay = false
        let pause = isComplete ? interval : min(interval, Self.incompletePause)
        due = now.saturatingAdd(hasChanged ? min(delay, pause) : pause)
        hasChanged = false
    }

    /// Takes note that there is nobody to ask; the next connection reads everything.
    mutating func reset() {
        self = RefreshSchedule(delay: delay, interval: interval)
    }
}
