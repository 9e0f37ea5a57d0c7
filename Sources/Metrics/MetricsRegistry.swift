import Synchronization

/// The metrics of a process, by name and labels, as `/metrics` shows them.
public final class MetricsRegistry: Sendable {
    /// Where a metric's samples come from.
    enum Source: Sendable {
        case counter(Counter)
        case gauge(@Sendable () -> Double)
        case histogram(Histogram)
    }

    struct Entry: Sendable {
        var name: String
        var help: String
        var labels: [(name: String, value: String)]
        var source: Source
    }

    let entries = Mutex<[Entry]>([])

    /// Makes an empty registry.
    public init() {}

    /// A new counter under this name, which ends in `_total`.
    public func counter(_ name: String, help: String, labels: [(name: String, value: String)] = []) -> Counter
    {
        let counter = Counter()
        add(Entry(name: name, help: help, labels: labels, source: .counter(counter)))
        return counter
    }

    /// A gauge that is read when the metrics are asked for.
    public func gauge(
        _ name: String,
        help: String,
        labels: [(name: String, value: String)] = [],
        read: @escaping @Sendable () -> Double
    ) {
        add(Entry(name: name, help: help, labels: labels, source: .gauge(read)))
    }

    /// A new histogram under this name.
    public func histogram(
        _ name: String,
        help: String,
        bounds: [Double],
        labels: [(name: String, value: String)] = []
    ) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        add(Entry(name: name, help: help, labels: labels, source: .histogram(histogram)))
        return histogram
    }

    private func add(_ entry: Entry) {
        entries.withLock { $0.append(entry) }
    }
}
