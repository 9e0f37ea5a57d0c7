import PlayerSessions
import Synchronization

/// The nodes of the runs that are to be split or put together, and the bounds of what a node may hold.
///
/// A flush does both by itself where a generation puts much into a node (see `StartRun`). What many generations put
/// there little by little, or what an earlier program left, is noted here by the merge that made it and by the query that
/// read it; the flusher mends it soon, or with the next flush.
final class CrowdedStarts: Sendable {
    private struct State {
        var keys: Set<HotStarts.Key> = []
        var wake: @Sendable () -> Void = {}
    }

    /// More are noted again when they are next met.
    private static let maximumNodes = 4_096
    /// How many entries a node may keep while there are finer ones: a query reads all of them at the ends of its window.
    static let maximumEntries = 512
    /// How many totals and entries a query reads of a node without noting it: those of a node in order, and what a few
    /// runs add to it before they are merged.
    private static let maximumItems = CountryCode.count + maximumEntries + 256

    private let state = Mutex(State())

    /// Whether a node holds more entries than it should and finer nodes would part them.
    ///
    /// A single instant has one entry for each country, and no finer bucket makes fewer of them.
    static func isCrowded(_ node: StartNode, at level: StartLevel) -> Bool {
        node.entries.count > maximumEntries && level.finer != nil
            && node.entries.first?.offset != node.entries.last?.offset
    }

    /// Whether reading so many totals and entries of a node is more than it should be.
    static func isExpensive(_ items: Int, at level: StartLevel) -> Bool {
        let isAtBottom = level.finer == nil
        // At the bottom lie all countries of four instants.
        return items > (isAtBottom ? maximumItems + 3 * CountryCode.count : maximumItems)
    }

    /// Calls `wake` from now on if a node is noted and none was before.
    func whenNoted(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    /// Notes the node with this stored key if it is crowded.
    func note(_ key: UnsafeRawBufferPointer, _ node: StartNode) {
        guard node.entries.count > CrowdedStarts.maximumEntries, let key = unsafe HotStarts.Key(key),
            CrowdedStarts.isCrowded(node, at: key.level)
        else { return }
        note(key)
    }

    /// Notes a node that is crowded or takes much reading.
    func note(_ key: HotStarts.Key) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.keys.count < CrowdedStarts.maximumNodes else { return nil }
            let isFirst = state.keys.isEmpty
            state.keys.insert(key)
            return isFirst ? state.wake : nil
        }
        wake?()
    }

    /// Returns what was noted, and forgets it.
    func take() -> Set<HotStarts.Key> {
        state.withLock { state in
            defer { state.keys = [] }
            return state.keys
        }
    }
}

extension StartNode {
    /// Turns the entries of the node at a key into totals; returns the parts of the finer nodes that take them over.
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
