/// Which request each stream of a connection carries.
///
/// A stream's request is pending until it is answered, or until it is given up: then the stream is an orphan, and not
/// free before the late answer has come.
struct StreamTable {
    struct Entry {
        var id: RequestID
        var deadline: UInt64
        /// Nil for an orphan.
        var context: RequestContext?
        var isTaken: Bool
    }

    private let maximum: Int
    /// The entry of stream n is at n − 1; grows up to `maximum` as streams are needed.
    private var entries: [Entry] = []
    /// Streams that were used and are free, the latest last.
    private var free: [Int16] = []
    private(set) var orphanCount = 0
    /// No pending request's deadline is before it; looking for the true one costs a look at each.
    private(set) var earliestDeadline = UInt64.max

    init(maximum: Int) {
        precondition((1...ConnectionSettings.requestStreamLimit).contains(maximum))
        self.maximum = maximum
    }

    /// How many requests are pending.
    var pendingCount: Int { entries.count - free.count - orphanCount }

    var hasFree: Bool { !free.isEmpty || entries.count < maximum }

    /// Gives a request a stream; there has to be a free one.
    mutating func take(_ id: RequestID, deadline: UInt64, _ context: RequestContext) -> Int16 {
        precondition(hasFree, "a request without a stream")
        earliestDeadline = min(earliestDeadline, deadline)
        let entry = Entry(id: id, deadline: deadline, context: context, isTaken: true)
        if let stream = free.popLast() {
            entries[Int(stream) - 1] = entry
            return stream
        }
        entries.append(entry)
        return Int16(entries.count)
    }

    /// What a stream carries; nil for one that carries nothing.
    func entry(of stream: Int16) -> Entry? {
        let index = Int(stream) - 1
        guard entries.indices.contains(index), entries[index].isTaken else { return nil }
        return entries[index]
    }

    /// Makes a stream free whose answer has come.
    mutating func release(_ stream: Int16) {
        let index = Int(stream) - 1
        precondition(entries[index].isTaken, "a stream is released twice")
        if entries[index].context == nil { orphanCount -= 1 }
        entries[index].isTaken = false
        entries[index].context = nil
        free.append(stream)
    }

    /// Makes orphans of the requests whose deadline has passed, and gives them.
    mutating func expire(_ now: UInt64) -> [Entry] {
        guard earliestDeadline <= now else { return [] }
        var expired: [Entry] = []
        earliestDeadline = .max
        for index in entries.indices where entries[index].isTaken && entries[index].context != nil {
            if entries[index].deadline > now {
                earliestDeadline = min(earliestDeadline, entries[index].deadline)
            } else {
                expired.append(entries[index])
                entries[index].context = nil
                orphanCount += 1
            }
        }
        return expired
    }

    /// Forgets everything, and gives the requests that were pending.
    mutating func removeAll() -> [Entry] {
        let pending = entries.filter { $0.isTaken && $0.context != nil }
        entries = []
        free = []
        orphanCount = 0
        earliestDeadline = .max
        return pending
    }
}
