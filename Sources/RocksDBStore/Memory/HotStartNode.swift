import PlayerSessions

/// A node of the tree of starts in memory.
///
/// Its sum is that of `totals`, the starts it handed to finer nodes, and its entries.
struct HotStartNode {
    /// Starts in finer nodes by country, in ascending order of the country's dense number.
    private(set) var totals: [StartNode.Total] = []
    /// Whether new entries go to the finer nodes below.
    private(set) var isSplit = false
    private var entries: [PackedStart] = []
    private var crowd: Int32

    init(_ level: StartLevel) {
        crowd = HotStartNode.crowd(of: level)
    }

    /// Returns how many entries a node collects before it merges equal ones and, if over half as many remain, hands
    /// them down.
    ///
    /// Handing down makes up to 60 nodes of some 100 bytes each, and a query reads all entries at the ends of its
    /// window. From minutes down this is at most what a node in the runs may hold, so one memtable alone never makes
    /// those oversized.
    private static func crowd(of level: StartLevel) -> Int32 {
        switch level {
        case .month, .day, .hour: 1_024
        case .minute, .second: 256
        case .sixteenth, .microseconds2500, .microseconds100, .microseconds4:
            Int32(OversizedNodes.maximumEntries)
        }
    }

    /// Whether it is time to normalize.
    @inline(__always)
    var isCrowded: Bool { entries.count >= Int(crowd) }

    /// Returns whether the normalized entries should be handed down: many, and of more than one instant.
    ///
    /// Finer nodes cannot separate entries of one instant: one per country and 1,023 starts.
    func isCrowdedStill(at level: StartLevel) -> Bool {
        entries.count > Int(HotStartNode.crowd(of: level)) / 2
            && entries.first?.offset != entries.last?.offset
    }

    /// Puts off normalizing until the entries have doubled, since these stay here.
    mutating func keep() {
        crowd = max(crowd, Int32(clamping: 2 * entries.count))
    }

    /// The bytes of the node's arrays; O(1).
    @inline(__always)
    var heapBytes: Int {
        entries.capacity * MemoryLayout<PackedStart>.stride
            + totals.capacity * MemoryLayout<StartNode.Total>.stride
    }

    /// Adds starts, or removes some, at microseconds since the bucket's start; returns the bytes allocated.
    @inline(__always)
    mutating func append(_ offset: Int64, _ country: UInt16, _ delta: Int64) -> Int {
        let before = entries.capacity
        if PackedStart.deltas.contains(delta) {
            entries.append(PackedStart(offset, country, delta))
        } else {
            appendParts(offset, country, delta)
        }
        return (entries.capacity - before) * MemoryLayout<PackedStart>.stride
    }

    private mutating func appendParts(_ offset: Int64, _ country: UInt16, _ delta: Int64) {
        var rest = delta
        while rest != 0 {
            let part = min(max(rest, PackedStart.deltas.lowerBound), PackedStart.deltas.upperBound)
            entries.append(PackedStart(offset, country, part))
            rest -= part
        }
    }

    /// Adds to a country's starts in finer nodes; returns the bytes allocated.
    @inline(__always)
    mutating func addTotal(_ country: UInt16, _ delta: Int64) -> Int {
        let before = totals.capacity
        totals.add(country, delta)
        return (totals.capacity - before) * MemoryLayout<StartNode.Total>.stride
    }

    /// Merges entries of the same instant and country, and drops those that cancel out.
    mutating func normalize() {
        entries.sort { $0.bits < $1.bits }
        var kept = 0
        var next = 0
        while next < entries.count {
            let first = entries[next]
            var delta: Int64 = 0
            while next < entries.count, entries[next].isSamePlace(as: first) {
                delta += entries[next].delta
                next += 1
            }
            // Never more parts than entries merged, so they can be written in place.
            while delta != 0 {
                let part = min(max(delta, PackedStart.deltas.lowerBound), PackedStart.deltas.upperBound)
                entries[kept] = PackedStart(first.offset, first.country, part)
                kept += 1
                delta -= part
            }
        }
        entries.removeLast(entries.count - kept)
    }

    /// Moves the entries into the totals and returns them, for the finer nodes.
    mutating func split() -> [PackedStart] {
        let handedDown = entries
        entries = []
        isSplit = true
        for entry in handedDown { _ = addTotal(entry.country, entry.delta) }
        return handedDown
    }

    /// Calls `body` with every entry: microseconds since the bucket's start, country and number of starts.
    @inline(__always)
    func forEachEntry(_ body: (Int64, UInt16, Int64) -> Void) {
        for entry in entries { body(entry.offset, entry.country, entry.delta) }
    }
}

/// Starts, or their removal, in eight bytes: microseconds since the start of a bucket, country and number.
///
/// A month has fewer than 2⁴² µs, and there are fewer than 2¹¹ countries. The values sort by instant, then by country.
struct PackedStart: BitwiseCopyable {
    /// How many starts one entry can stand for.
    static let deltas: ClosedRange<Int64> = -1_023...1_023

    private static let countryBits: UInt64 = 11
    private static let deltaBits: UInt64 = 11
    private static let deltaBias: Int64 = 1_024

    let bits: UInt64

    @inline(__always)
    init(_ offset: Int64, _ country: UInt16, _ delta: Int64) {
        bits =
            UInt64(offset) << (PackedStart.countryBits + PackedStart.deltaBits)
            | UInt64(country) << PackedStart.deltaBits | UInt64(delta + PackedStart.deltaBias)
    }

    @inline(__always)
    var offset: Int64 { Int64(bits >> (PackedStart.countryBits + PackedStart.deltaBits)) }

    @inline(__always)
    var country: UInt16 { UInt16(truncatingIfNeeded: (bits >> PackedStart.deltaBits) & 0x7FF) }

    @inline(__always)
    var delta: Int64 { Int64(bits & 0x7FF) - PackedStart.deltaBias }

    /// Returns whether two entries share instant and country.
    @inline(__always)
    func isSamePlace(as other: PackedStart) -> Bool {
        bits >> PackedStart.deltaBits == other.bits >> PackedStart.deltaBits
    }
}
