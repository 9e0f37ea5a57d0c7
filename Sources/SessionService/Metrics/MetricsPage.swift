import Metrics
import Synchronization

/// Renders the metrics for all readers, at most once a second and never on a loop, since it takes milliseconds.
///
/// A reader that comes within a second of the last rendering waits for the next one, so that no response is older than
/// its request.
final class MetricsPage: Sendable {
    typealias Reader = @Sendable ([UInt8]) -> Void

    private struct State {
        /// The readers since the last rendering began.
        var readers: [Reader] = []
        var isScheduled = false
        var lastBegin: ContinuousClock.Instant?
    }

    /// The least time between two renderings.
    static let interval = Duration.seconds(1)

    private let registry: MetricsRegistry
    private let state = Mutex(State())

    init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    /// Calls `reader` with the text, on another thread.
    func read(_ reader: @escaping Reader) {
        let lastBegin: ContinuousClock.Instant?? = state.withLock { state in
            state.readers.append(reader)
            guard !state.isScheduled else { return nil }
            state.isScheduled = true
            return .some(state.lastBegin)
        }
        guard let lastBegin else { return }
        Task {
            if let lastBegin {
                try? await Task.sleep(until: lastBegin + MetricsPage.interval, clock: .continuous)
            }
            render()
        }
    }

    private func render() {
        let readers = state.withLock { state in
            let readers = state.readers
            state = State(lastBegin: ContinuousClock.now)
            return readers
        }
        let text = registry.render()
        for reader in readers { reader(text) }
    }
}
