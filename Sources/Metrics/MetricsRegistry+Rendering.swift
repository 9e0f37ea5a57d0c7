extension MetricsRegistry {
    /// The content type of the result of `render`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Returns all metrics in the Prometheus text format 0.0.4.
    ///
    /// Each name has one `HELP` and one `TYPE`, then a line for each sample; a histogram's buckets are cumulative and
    /// end at `+Inf`, which equals its count. Gauges are read here, outside the registry's lock.
    ///
    /// Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    public func render() -> [UInt8] {
        var text = ExpositionText()
        for family in snapshot {
            text.header(family)
            for entry in family.entries {
                switch entry.source {
                case .counter(let counter):
                    text.sample(family.name, entry.labels, String(counter.value))
                case .counterRead(let read), .gauge(let read):
                    text.sample(family.name, entry.labels, ExpositionText.number(read()))
                case .histogram(let histogram):
                    text.histogram(family.name, entry.labels, histogram)
                }
            }
        }
        return text.bytes
    }
}

/// A text in the exposition format under construction.
private struct ExpositionText {
    typealias Label = (name: String, value: String)

    var bytes: [UInt8] = []

    mutating func header(_ family: MetricsRegistry.Family) {
        append("# HELP \(family.name) ")
        appendEscaped(family.help, quotes: false)
        append("\n# TYPE \(family.name) \(family.type)\n")
    }

    mutating func sample(_ name: String, _ labels: [Label], _ value: String) {
        append(name)
        for (index, label) in labels.enumerated() {
            append(index == 0 ? "{" : ",")
            append("\(label.name)=\"")
            appendEscaped(label.value, quotes: true)
            append("\"")
        }
        append(labels.isEmpty ? " \(value)\n" : "} \(value)\n")
    }

    mutating func histogram(_ name: String, _ labels: [Label], _ histogram: Histogram) {
        let state = histogram.snapshot
        var below: UInt64 = 0
        for (bound, held) in zip(histogram.bounds + [.infinity], state.buckets) {
            below += held
            sample("\(name)_bucket", labels + [("le", ExpositionText.number(bound))], String(below))
        }
        sample("\(name)_sum", labels, ExpositionText.number(state.sum))
        sample("\(name)_count", labels, String(below))
    }

    /// Returns a number in a form that Go's `ParseFloat` reads, whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
