/// Requests that are made durable together, and what they change.
// Unchecked: it belongs to the writer, to the queue or to the committer, which pass it on under the queue's lock.
final class CommitGroup: @unchecked Sendable {
    /// What the journal is to hold.
    var changes = JournalGroup()
    /// Whom to answer.
    private(set) var requests: [WriteQueue.Request] = []
    /// How many events the requests have.
    private(set) var events = 0
    /// The generation that holds the changes.
    var generation: Generation?

    /// Adds requests; what they change follows.
    func add(_ requests: [WriteQueue.Request]) {
        self.requests += requests
        events += requests.reduce(0) { $0 + $1.batch.count }
    }

    /// Takes everything out; returns the requests.
    func removeAll() -> [WriteQueue.Request] {
        defer { requests = [] }
        changes.removeAll()
        events = 0
        generation = nil
        return requests
    }
}
