/// Says which connections may have passed their deadline, at a cost that does not grow with requests.
///
/// Entries are never taken out: one whose time comes is looked at, and put in again when its deadline has moved.
/// So a connection enters again only when its deadline comes nearer than its entry.
struct DeadlineWheel {
    struct Entry {
        var slot: Int
        var due: UInt64
    }

    /// How coarse the deadlines are.
    static let tickMilliseconds: UInt64 = 100
    /// The furthest that an entry lies ahead; later deadlines are looked at on the way.
    private static let buckets = 128

    private var entries = [[Entry]](repeating: [], count: buckets)
    private var tick: UInt64

    init(now: UInt64) {
        tick = now / Self.tickMilliseconds
    }

    /// Puts a slot in and answers when it will come out: at or after `deadline`, or at the wheel's horizon.
    mutating func insert(_ slot: Int, deadline: UInt64) -> UInt64 {
        let wanted = min(deadline / Self.tickMilliseconds + 1, tick + UInt64(Self.buckets) - 1)
        let due = max(wanted, tick + 1)
        entries[Int(due % UInt64(Self.buckets))].append(Entry(slot: slot, due: due * Self.tickMilliseconds))
        return due * Self.tickMilliseconds
    }

    /// Takes out the entries whose time has come.
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
