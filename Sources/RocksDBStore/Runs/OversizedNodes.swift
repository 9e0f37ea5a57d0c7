import PlayerSessions
import Synchronization

/// Collects the nodes in the runs that should be split or summed up, and defines the limits of a node.
///
/// A flush does both itself if a memtable adds much to a node (see `StartRun`). Nodes that grew little by little over
/// many memtables, or that an earlier version left, are noted here by the compaction that merged them and the query
/// that read them; the flusher repairs them soon, or with the next flush.
final class OversizedNodes: Sendable {
    private struct State {
        var keys: Set<HotStarts.Key> = []
        var wake: @Sendable () -> Void = {}
    }

    /// Further nodes are noted when they are next met.
    private static let maximumNodes = 4_096
    /// The most entries a node keeps if finer levels exist; queries read all of them at the ends of their windows.
    static let maximumEntries = 512
    /// The most totals and entries a query reads of a node without noting it: a full node, and what a few runs add
    /// before they are compacted.
    private static let maximumItems = CountryCode.count + maximumEntries + 256

    private let state = Mutex(State())

    /// Returns whether a node has too many entries and splitting would help.
    ///
    /// Entries of a single instant, at most one per country, cannot be spread over finer nodes.
    static func isCrowded(_ node: StartNode, at level: StartLevel) -> Bool {
        node.entries.count > maximumEntries && level.finer != nil
            && node.entries.first?.offset != node.entries.last?.offset
    }

    /// Returns whether this number of totals and entries is too much to read of one node.
    static func isExpensive(_ items: Int, at level: StartLevel) -> Bool {
        let isAtBottom = level.finer == nil
        // A node at the bottom covers four instants, each with up to one entry per country.
        return items > (isAtBottom ? maximumItems + 3 * CountryCode.count : maximumItems)
    }

    /// Sets the callback for the first node noted after each `take()`.
    func whenNoted(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    /// Notes the node with this stored key if it is oversized.
    func note(_ key: UnsafeRawBufferPointer, _ node: StartNode) {
        guard node.entries.count > OversizedNodes.maximumEntries, let key = unsafe HotStarts.Key(key),
            OversizedNodes.isCrowded(node, at: key.level)
        else { return }
        note(key)
    }

    /// Notes a node that is oversized or expensive to read.
    func note(_ key: HotStarts.Key) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.keys.count < OversizedNodes.maximumNodes else { return nil }
            let isFirst = state.keys.isEmpty
            state.keys.insert(key)
            return isFirst ? state.wake : nil
        }
        wake?()
    }

    /// Removes and returns the noted nodes.
    func take() -> Set<HotStarts.Key> {
        state.withLock { state in
            defer { state.keys = [] }
            return state.keys
        }
    }
}

extension StartNode {
    /// Moves the entries of the node at `key` into its totals; returns the parts of the finer nodes that take them
    /// over.
    mutating func handDown(
        from key: HotStarts.Key,
        to finer: StartLevel
    ) -> [(bucket: Int64, part: StartNode)] {
        var made: [(bucket: Int64, part: StartNode)] = []
        let begin = key.level.start(of: key.bucket)
        var (partBegin, partEnd) = (begin, begin)
        for entry in entries {
            addTotal(entry.country, entry.delta)
            let instant = begin + Int64(entry.offset)
            if instant >= partEnd {
                let bucket = finer.bucket(of: instant)
                partBegin = finer.start(of: bucket)
                partEnd = finer.start(of: bucket + 1)
                made.append((bucket, StartNode()))
            }
            made[made.count - 1].part.append(
                offset: instant - partBegin,
                country: entry.country,
                delta: entry.delta
            )
        }
        entries = []
        return made
    }
}
