/// Which request each stream of a connection carries.
///
/// A stream's request is pending until it is answered, or until it is given up: then the stream is an orphan, and not
/// free before the late answer has come. Streams are used in turn, so that one is used again as late as can be: an answer
/// that comes twice then finds a stream without a request, and not the request of somebody else.
struct StreamTable {
    struct Entry {
        var id: RequestID
        var deadline: UInt64
        /// Nil for an orphan.
        var context: RequestContext?
        var isTaken: Bool
    }

    /// How many times as many streams are used in turn as may be taken at a time.
    static let spread = 4

    private let maximum: Int
    /// How many streams are used in turn.
    private let range: Int
    /// The entry of stream n is at n − 1; grows up to `range` as streams are used for the first time.
    private var entries: [Entry] = []
    /// Where the search for the next free stream begins.
    private var next = 0
    private var takenCount = 0
    private(set) var orphanCount = 0
    /// No pending request's deadline is before it; looking for the true one costs a look at each.
    private(set) var earliestDeadline = UInt64.max

    init(maximum: Int) {
        precondition((1...ConnectionSettings.requestStreamLimit).contains(maximum))
        self.maximum = maximum
        range = min(maximum * StreamTable.spread, ConnectionSettings.requestStreamLimit)
    }

    /// How many requests are pending.
    var pendingCount: Int { takenCount - orphanCount }

    var hasFree: Bool { takenCount < maximum }

    /// Gives a request a stream; there has to be a free one.
    mutating func take(_ id: RequestID, deadline: UInt64, _ context: RequestContext) -> Int16 {
        precondition(hasFree, "a request without a stream")
        earliestDeadline = min(earliestDeadline, deadline)
        takenCount += 1
        let entry = Entry(id: id, deadline: deadline, context: context, isTaken: true)
        while next < entries.count, entries[next].isTaken { next = (next + 1) % range }
        if next == entries.count { entries.append(entry) } else { entries[next] = entry }
        defer { next = (next + 1) % range }
        return Int16(next + 1)
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
        takenCount -= 1
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
        next = 0
        takenCount = 0
        orphanCount = 0
        earliestDeadline = .max
        return pending
    }
}
