import PlayerSessions

/// All complete sessions of a busy player in a memtable, in result order: latest end first, then by id.
///
/// Sorted leaves of bounded size: a change moves the entries of one leaf, so its cost hardly depends on how many
/// sessions a player has. Each leaf knows its latest start, so a query skips expired sessions a leaf at a time.
struct SessionOrder {
    /// A session with the end and start that order and expire it, so that a walk need not read its record.
    private struct Entry: BitwiseCopyable {
        var end: Int64
        var start: Int64
        var reference: HotSessions.Reference
    }

    private struct Leaf {
        /// In result order; never empty.
        var entries: [Entry]
        var latestStart: Int64
    }

    /// A place in the order, valid only while the order does not change.
    struct Position {
        fileprivate var leaf = 0
        fileprivate var entry = 0
    }

    /// What a walk found, and how many leaves and entries it looked at.
    struct Page {
        var references: [HotSessions.Reference] = []
        /// Whether no sessions follow.
        var isLast = true
        var steps = 0
    }

    /// The most entries of a leaf, 6 KiB, and so the most that a change moves.
    private static let leafEntries = 256

    private var leaves: [Leaf] = []

    /// Inserts a session, which must be complete and not there yet.
    mutating func insert(_ reference: HotSessions.Reference, _ value: StoredRecord, _ sessions: HotSessions) {
        let entry = Entry(end: value.end, start: value.start, reference: reference)
        guard !leaves.isEmpty else {
            leaves.append(Leaf(entries: [entry], latestStart: entry.start))
            return
        }
        var leaf = self.leaf(of: entry, sessions)
        var place = self.place(of: entry, in: leaf, sessions)
        if leaves[leaf].entries.count == SessionOrder.leafEntries {
            // At the ends, where sessions arriving in order go, full leaves stay full.
            if place == 0 || place == SessionOrder.leafEntries {
                let single = Leaf(entries: [entry], latestStart: entry.start)
                return leaves.insert(single, at: place == 0 ? leaf : leaf + 1)
            }
            split(leaf)
            let half = leaves[leaf].entries.count
            if place > half {
                leaf += 1
                place -= half
            }
        }
        leaves[leaf].entries.insert(entry, at: place)
        leaves[leaf].latestStart = max(leaves[leaf].latestStart, entry.start)
    }

    /// Removes a session that was inserted with this value.
    mutating func remove(_ reference: HotSessions.Reference, _ value: StoredRecord, _ sessions: HotSessions) {
        let entry = Entry(end: value.end, start: value.start, reference: reference)
        guard !leaves.isEmpty else { return }
        let leaf = self.leaf(of: entry, sessions)
        let place = self.place(of: entry, in: leaf, sessions)
        guard place < leaves[leaf].entries.count, leaves[leaf].entries[place].reference == reference else {
            preconditionFailure("a complete session is missing in its player's order")
        }
        leaves[leaf].entries.remove(at: place)
        if leaves[leaf].entries.isEmpty {
            leaves.remove(at: leaf)
        } else if leaves[leaf].latestStart == value.start {
            leaves[leaf].latestStart = SessionOrder.latestStart(leaves[leaf].entries)
        }
    }

    /// Returns up to `limit` sessions with a start after `cutoff`, and moves the position past them.
    func page(_ limit: Int, after cutoff: Int64, from position: inout Position) -> Page {
        var page = Page()
        while position.leaf < leaves.count {
            let leaf = leaves[position.leaf]
            page.steps += 1
            while leaf.latestStart > cutoff, position.entry < leaf.entries.count {
                if page.references.count == limit {
                    page.isLast = false
                    return page
                }
                let entry = leaf.entries[position.entry]
                page.steps += 1
                position.entry += 1
                if entry.start > cutoff { page.references.append(entry.reference) }
            }
            position.leaf += 1
            position.entry = 0
        }
        return page
    }

    /// Returns the last leaf that does not begin after the entry, or the first leaf.
    private func leaf(of entry: Entry, _ sessions: HotSessions) -> Int {
        var low = 0
        var high = leaves.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if precedes(entry, leaves[middle].entries[0], sessions) { high = middle } else { low = middle }
        }
        return low
    }

    /// Returns the place of the first entry of a leaf that does not precede this one.
    private func place(of entry: Entry, in leaf: Int, _ sessions: HotSessions) -> Int {
        var low = 0
        var high = leaves[leaf].entries.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(leaves[leaf].entries[middle], entry, sessions) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private mutating func split(_ leaf: Int) {
        let half = leaves[leaf].entries.count / 2
        let upper = Array(leaves[leaf].entries[half...])
        leaves[leaf].entries.removeLast(upper.count)
        leaves[leaf].latestStart = SessionOrder.latestStart(leaves[leaf].entries)
        leaves.insert(Leaf(entries: upper, latestStart: SessionOrder.latestStart(upper)), at: leaf + 1)
    }

    private static func latestStart(_ entries: [Entry]) -> Int64 {
        entries.reduce(.min) { max($0, $1.start) }
    }

    private func precedes(_ left: Entry, _ right: Entry, _ sessions: HotSessions) -> Bool {
        if left.end != right.end { return left.end > right.end }
        if left.reference == right.reference { return false }
        return unsafe SessionText.precedes(
            sessions.record(left.reference).session,
            sessions.record(right.reference).session
        )
    }
}
