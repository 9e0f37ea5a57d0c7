/// Requests that are made durable together, and their changes.
// Unchecked: the deciding thread, the queue and the committer pass it on under the queue's lock.
final class CommitGroup: @unchecked Sendable {
    /// The changes, as the journal's next record.
    var changes = JournalGroup()
    /// The requests to complete.
    private(set) var requests: [WriteQueue.Request] = []
    /// Events in `requests`.
    private(set) var events = 0
    /// The memtable that holds the changes.
    var memtable: Memtable?

    /// Adds requests, whose changes follow.
    func add(_ requests: [WriteQueue.Request]) {
        self.requests += requests
        events += requests.reduce(0) { $0 + $1.batch.count }
    }

    /// Clears the group and returns its requests.
    func removeAll() -> [WriteQueue.Request] {
        defer { requests = [] }
        changes.removeAll()
        events = 0
        memtable = nil
        return requests
    }
}
