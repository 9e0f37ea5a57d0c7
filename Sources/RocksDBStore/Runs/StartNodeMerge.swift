import Glibc
import PlayerSessions

/// Adds up what several memtables contributed to one node of the tree of starts.
struct StartNodeMerge {
    private let sums = CountrySums()
    /// The entries of all nodes, as consecutive sorted lists.
    private var entries: [StartNode.Entry] = []
    /// The indices in `entries` at which the lists begin.
    private var begins: [Int] = []
    /// The number of totals and entries added.
    private(set) var items = 0

    /// Adds one or several concatenated stored nodes; returns `false` if the bytes are invalid.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe StartNode.forEach(in: bytes) {
            items += 1
            sums.add($0.country, $0.delta)
        } entry: {
            append($0)
        }
    }

    mutating func add(_ node: StartNode) {
        items += node.totals.count
        for total in node.totals { sums.add(total.country, total.delta) }
        for entry in node.entries { append(entry) }
    }

    @inline(__always)
    private mutating func append(_ entry: StartNode.Entry) {
        items += 1
        guard entry.delta != 0 else { return }
        if let last = entries.last, last < entry {} else { begins.append(entries.count) }
        entries.append(entry)
    }

    /// Returns the sum, with one entry per instant and country; entries that cancel out are dropped.
    consuming func finish() -> StartNode {
        var node = StartNode()
        sums.forEach { node.totals.append(StartNode.Total(country: $0, delta: $1)) }
        while begins.count > 1 { mergePairs() }
        node.entries = entries
        return node
    }

    /// Merges each pair of adjacent lists.
    private mutating func mergePairs() {
        var merged: [StartNode.Entry] = []
        merged.reserveCapacity(entries.count)
        var mergedBegins: [Int] = []
        for first in stride(from: 0, to: begins.count, by: 2) {
            let middle = first + 1 < begins.count ? begins[first + 1] : entries.count
            let end = first + 2 < begins.count ? begins[first + 2] : entries.count
            mergedBegins.append(merged.count)
            StartNodeMerge.merge(entries[begins[first]..<middle], entries[middle..<end], to: &merged)
        }
        entries = merged
        begins = mergedBegins
    }

    private static func merge(
        _ left: ArraySlice<StartNode.Entry>,
        _ right: ArraySlice<StartNode.Entry>,
        to merged: inout [StartNode.Entry]
    ) {
        var (first, second) = (left.startIndex, right.startIndex)
        while first < left.endIndex, second < right.endIndex {
            var entry = left[first]
            if entry < right[second] {
                first += 1
            } else if right[second] < entry {
                entry = right[second]
                second += 1
            } else {
                entry.delta &+= right[second].delta
                first += 1
                second += 1
                guard entry.delta != 0 else { continue }
            }
            merged.append(entry)
        }
        merged += left[first...]
        merged += right[second...]
    }
}

extension StartNode {
    /// Returns the sum of two nodes of the same bucket.
    static func + (left: StartNode, right: StartNode) -> StartNode {
        var merge = StartNodeMerge()
        merge.add(left)
        merge.add(right)
        return merge.finish()
    }

    /// Adds up merge operands in their stored form; returns `nil` if one cannot be read.
    ///
    /// Calls `onMerge` with the sum if several were decoded and added.
    static func combine(
        _ values: [UnsafeRawBufferPointer],
        onMerge: (StartNode) -> Void = { _ in }
    ) -> [UInt8]? {
        // Most buckets belong to a single memtable; the reader validates the value.
        if unsafe values.count == 1 { return unsafe Array(values[0]) }
        var bytes: [UInt8] = []
        if OperandJoining.isOn {
            unsafe bytes.reserveCapacity(values.reduce(0) { $0 + $1.count })
            for index in unsafe values.indices { unsafe bytes.append(contentsOf: values[index]) }
            return bytes
        }
        var merge = StartNodeMerge()
        for index in unsafe values.indices {
            guard unsafe merge.add(values[index]) else { return nil }
        }
        let node = merge.finish()
        onMerge(node)
        bytes.reserveCapacity(4 + 5 * (node.totals.count + node.entries.count))
        node.encode(to: &bytes)
        return bytes
    }
}

/// Lets merges of the tree of starts on this thread merely concatenate the operands.
///
/// RocksDB merges on the reading thread. A query adds up all totals and entries itself; to sort and encode a merged
/// node for it, only to decode that again, would cost four times as much. Compactions, which run on other threads, do
/// merge.
enum OperandJoining {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = unsafe pthread_key_create(&key, nil)
        precondition(status == 0, "the system gives no more thread-specific keys")
        return key
    }()

    /// Whether this thread is inside `run`.
    static var isOn: Bool { unsafe pthread_getspecific(key) != nil }

    /// Runs `body`, which reads; nothing that it reads may be stored as it is.
    static func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let before = unsafe pthread_getspecific(key)
        unsafe pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1))
        defer { unsafe pthread_setspecific(key, before) }
        return try body()
    }
}
