import PlayerSessions
import Synchronization

/// A batch larger than the largest group, split into parts for the writer.
///
/// A memtable's room beyond its capacity is sized by the largest group. The service's batches are smaller; a tool's may
/// not be.
final class BatchParts: Sendable {
    /// In the order of the batch.
    let parts: [EventBatch]
    private let state: Mutex<(open: Int, failure: SessionStoreError?)>
    private let completion: @Sendable (Result<Void, SessionStoreError>) -> Void

    /// Splits a batch; `completion` is called after every part has completed, with the first failure if there is one.
    init(
        _ batch: EventBatch,
        maximumEvents: Int,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        let events = batch.events
        parts = stride(from: 0, to: events.count, by: maximumEvents).map { first in
            EventBatch(events[first..<min(first + maximumEvents, events.count)])
        }
        state = Mutex((parts.count, nil))
        self.completion = completion
    }

    /// Records the result of one part.
    func complete(_ result: Result<Void, SessionStoreError>) {
        let whole: Result<Void, SessionStoreError>? = state.withLock { state in
            state.open -= 1
            if case .failure(let error) = result { state.failure = state.failure ?? error }
            guard state.open == 0 else { return nil }
            return state.failure.map { .failure($0) } ?? .success(())
        }
        if let whole { completion(whole) }
    }
}
