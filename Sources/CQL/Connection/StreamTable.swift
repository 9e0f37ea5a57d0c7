/// The request on each stream of a connection.
///
/// A request is pending until it is answered or given up. The stream of a given-up request is an orphan, and not free
/// until the late response arrives. Streams are used in rotation, to reuse each as late as possible: a duplicate
/// response then finds a stream without a request rather than the stream of another request.
struct StreamTable {
    struct Entry {
        var id: RequestID
        var deadline: UInt64
        /// Nil for an orphan.
        var context: RequestContext?
        var isTaken: Bool
    }

    /// The ratio of streams in rotation to those that may be taken at a time.
    static let spread = 4

    private let maximum: Int
    /// The number of streams in rotation.
    private let range: Int
    /// The entry of stream n is at n − 1; grows up to `range` as streams are first used.
    private var entries: [Entry] = []
    /// The index at which the search for a free stream starts.
    private var next = 0
    private var takenCount = 0
    private(set) var orphanCount = 0
    /// A lower bound of the deadlines of all pending requests; the exact one would need a scan.
    private(set) var earliestDeadline = UInt64.max

    init(maximum: Int) {
        precondition((1...ConnectionSettings.requestStreamLimit).contains(maximum))
        self.maximum = maximum
        range = min(maximum * StreamTable.spread, ConnectionSettings.requestStreamLimit)
    }

    var pendingCount: Int { takenCount - orphanCount }

    var hasFree: Bool { takenCount < maximum }

    /// Assigns a free stream to a request; there must be one.
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

    /// Returns the entry of a stream; nil if the stream is free.
    func entry(of stream: Int16) -> Entry? {
        let index = Int(stream) - 1
        guard entries.indices.contains(index), entries[index].isTaken else { return nil }
        return entries[index]
    }

    /// Frees a stream whose response has arrived.
    mutating func release(_ stream: Int16) {
        let index = Int(stream) - 1
        precondition(entries[index].isTaken, "a stream is released twice")
        if entries[index].context == nil { orphanCount -= 1 }
        entries[index].isTaken = false
        entries[index].context = nil
        takenCount -= 1
    }

    /// Makes orphans of requests past their deadline, and returns them.
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

    /// Frees all streams and returns the pending requests.
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
