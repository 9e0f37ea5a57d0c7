import PlayerSessions
import Synchronization

/// A batch larger than the largest group, which goes to the writer in parts.
///
/// Generations in memory have room for a group beyond their capacity, and no more. The service's batches are
/// smaller; a tool's may not be.
final class BatchParts: Sendable {
    /// The parts, in order.
    let parts: [EventBatch]
    private let state: Mutex<(open: Int, failure: SessionStoreError?)>
    private let completion: @Sendable (Result<Void, SessionStoreError>) -> Void

    /// Cuts a batch; `completion` is called when every part was answered, with the first failure if there is one.
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

    /// Takes the answer to one part.
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
