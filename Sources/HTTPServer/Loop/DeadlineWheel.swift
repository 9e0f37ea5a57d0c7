/// A timer wheel that finds connections past their deadline, at a cost independent of the number of requests.
///
/// Entries are never removed early: a due entry is checked, and inserted again if its deadline has moved. So a
/// connection is inserted again only if its new deadline is before its entry.
struct DeadlineWheel {
    struct Entry {
        var slot: Int
        var due: UInt64
    }

    /// The resolution of deadlines.
    static let tickMilliseconds: UInt64 = 100
    /// The range of the wheel in ticks; an entry with a later deadline is checked and inserted again on the way.
    private static let buckets = 128

    private var entries = [[Entry]](repeating: [], count: buckets)
    private var tick: UInt64

    init(now: UInt64) {
        tick = now / Self.tickMilliseconds
    }

    /// Inserts a slot and returns when it will be due: at or after `deadline`, or at the end of the wheel's range.
    mutating func insert(_ slot: Int, deadline: UInt64) -> UInt64 {
        let wanted = min(deadline / Self.tickMilliseconds + 1, tick + UInt64(Self.buckets) - 1)
        let due = max(wanted, tick + 1)
        entries[Int(due % UInt64(Self.buckets))].append(Entry(slot: slot, due: due * Self.tickMilliseconds))
        return due * Self.tickMilliseconds
    }

    /// Removes and returns the entries that are due.
    mutating func advance(to now: UInt64) -> [Entry] {
        let current = now / Self.tickMilliseconds
        guard current > tick else { return [] }
        var due: [Entry] = []
        let steps = min(current - tick, UInt64(Self.buckets))
        for step in 1...steps {
            let bucket = Int((tick + step) % UInt64(Self.buckets))
            due += entries[bucket]
            entries[bucket] = []
        }
        tick = current
        return due
    }
}
