/// How the starts of a window are found in one bucket: sums of whole units, and rows of the rest.
struct CoverPlan: Equatable {
    /// Rows to count: a span, and the instants of it.
    struct Scan: Hashable, Sendable {
        var span: Int64
        var instants: Range<Int64>
    }

    /// The sums to add, by tier.
    private(set) var units: [Tier: [Int64]] = [:]
    /// The rows to count.
    private(set) var scans: [Scan] = []

    /// Covers what lies of `window` in `bucket`, whose sums hold but for the spans in `marked`, which rise.
    init(_ window: Range<Int64>, bucket: Int64, marked: [Int64]) {
        cover(.month, bucket, window, marked[...])
    }

    private mutating func cover(
        _ tier: Tier,
        _ unit: Int64,
        _ window: Range<Int64>,
        _ marked: ArraySlice<Int64>
    ) {
        let instants = tier.instants(of: unit)
        let wanted = instants.clamped(to: window)
        if wanted.isEmpty { return }
        let inside = CoverPlan.spans(marked, in: instants)
        if wanted == instants, inside.isEmpty {
            units[tier, default: []].append(unit)
            return
        }
        guard let finer = tier.finer else {
            scans.append(Scan(span: unit, instants: wanted))
            return
        }
        for part in finer.unit(of: wanted.lowerBound)...finer.unit(of: wanted.upperBound - 1) {
            cover(finer, part, window, inside)
        }
    }

    /// Those of the rising spans that begin within the instants.
    private static func spans(_ marked: ArraySlice<Int64>, in instants: Range<Int64>) -> ArraySlice<Int64> {
        func position(_ instant: Int64) -> Int {
            var (low, high) = (marked.startIndex, marked.endIndex)
            while low < high {
                let middle = (low + high) / 2
                if Tier.span.begin(of: marked[middle]) < instant { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return marked[position(instants.lowerBound)..<position(instants.upperBound)]
    }

    /// The most stretches of a tier that are read one by one; more are read as one, with what lies between.
    static let maximumStretches = 16

    /// The stretches of neighbouring units of a tier.
    static func stretches(_ units: [Int64]) -> [ClosedRange<Int64>] {
        var stretches: [ClosedRange<Int64>] = []
        for unit in units {
            if let last = stretches.last, last.upperBound + 1 == unit {
                stretches[stretches.count - 1] = last.lowerBound...unit
            } else {
                stretches.append(unit...unit)
            }
        }
        guard stretches.count > maximumStretches else { return stretches }
        return [stretches[0].lowerBound...stretches[stretches.count - 1].upperBound]
    }
}
