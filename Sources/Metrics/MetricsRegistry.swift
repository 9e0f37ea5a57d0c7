import Synchronization

/// The metrics of a process, by name and labels, as `/metrics` shows them.
///
/// Metrics are made at the start and kept by their users; after that, the registry only renders them. The same name and
/// labels return the same counter or histogram, so that two parts can share it.
public final class MetricsRegistry: Sendable {
    /// The source of a metric's samples.
    enum Source: Sendable {
        case counter(Counter)
        case counterRead(@Sendable () -> Double)
        case gauge(@Sendable () -> Double)
        case histogram(Histogram)

        /// The type's name in the text format.
        var type: String {
            switch self {
            case .counter, .counterRead: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    struct Entry: Sendable {
        var labels: [(name: String, value: String)]
        var source: Source
    }

    /// All metrics of one name: one help text, one type, and an entry for each set of labels.
    struct Family: Sendable {
        var name: String
        var help: String
        var type: String
        var entries: [Entry]
    }

    private let families = Mutex<[Family]>([])

    /// Makes an empty registry.
    public init() {}

    /// Returns the counter of this name, which ends in `_total`, and these labels; a new one is 0.
    public func counter(_ name: String, help: String, labels: [(name: String, value: String)] = []) -> Counter
    {
        let kept = keep(name, help: help, Entry(labels: labels, source: .counter(Counter())))
        guard case .counter(let counter) = kept else {
            preconditionFailure("\(name) is read from elsewhere already")
        }
        return counter
    }

    /// Registers a counter kept elsewhere, which is read on rendering; a later one with the same labels replaces it.
    public func counter(
        _ name: String,
        help: String,
        labels: [(name: String, value: String)] = [],
        read: @escaping @Sendable () -> Double
    ) {
        _ = keep(name, help: help, Entry(labels: labels, source: .counterRead(read)), replacing: true)
    }

    /// Registers a gauge that is read on rendering; a later one with the same labels replaces it.
    public func gauge(
        _ name: String,
        help: String,
        labels: [(name: String, value: String)] = [],
        read: @escaping @Sendable () -> Double
    ) {
        _ = keep(name, help: help, Entry(labels: labels, source: .gauge(read)), replacing: true)
    }

    /// Returns the histogram of this name and these labels; a new one is empty and has these bounds.
    public func histogram(
        _ name: String,
        help: String,
        bounds: [Double],
        labels: [(name: String, value: String)] = []
    ) -> Histogram {
        let entry = Entry(labels: labels, source: .histogram(Histogram(bounds: bounds)))
        guard case .histogram(let histogram) = keep(name, help: help, entry) else {
            preconditionFailure("\(name) is no histogram")
        }
        return histogram
    }

    /// All metrics, in the order in which their names were first used.
    var snapshot: [Family] { families.withLock { $0 } }

    /// Registers a metric, unless its name and labels are known and `replacing` is false; returns the source that is
    /// kept.
    private func keep(_ name: String, help: String, _ entry: Entry, replacing: Bool = false) -> Source {
        precondition(MetricsRegistry.isName(name, colons: true), "\(name) is no name of a metric")
        for label in entry.labels {
            precondition(
                MetricsRegistry.isName(label.name, colons: false) && label.name != "le",
                "\(label.name) is no name of a label"
            )
        }
        return families.withLock { families in
            guard let family = families.firstIndex(where: { $0.name == name }) else {
                families.append(
                    Family(name: name, help: help, type: entry.source.type, entries: [entry])
                )
                return entry.source
            }
            precondition(families[family].type == entry.source.type, "\(name) has another type already")
            let known = families[family].entries.firstIndex { $0.labels.elementsEqual(entry.labels, by: ==) }
            guard let known else {
                families[family].entries.append(entry)
                return entry.source
            }
            if replacing { families[family].entries[known] = entry }
            return families[family].entries[known].source
        }
    }

    /// Returns whether the text format allows this name: letters, digits and underscores, not a digit first.
    private static func isName(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: false
            }
        }
    }
}
