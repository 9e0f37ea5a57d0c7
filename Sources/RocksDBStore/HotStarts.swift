import PlayerSessions

/// The starts of a generation as a tree of `StartNode`s in memory.
///
/// Adding one touches a node a level; nodes of live traffic are the same from event to event and are
/// remembered. One thread changes it; others read it under the same lock, or when it is frozen.
struct HotStarts {
    /// The name of a node: its level and its bucket.
    struct Key: Hashable, Comparable {
        var level: StartLevel
        var bucket: Int64

        /// The stored key: the level, then the bucket as eight bytes big-endian.
        var bytes: [UInt8] { [level.rawValue] + UInt64(bucket).bigEndianBytes }

        static func < (left: Key, right: Key) -> Bool {
            left.level == right.level
                ? left.bucket < right.bucket : left.level.rawValue < right.level.rawValue
        }
    }

    private struct Node {
        var contents = StartNode()
        /// Whether new entries go to the finer nodes below.
        var isSplit: Bool
        /// So many entries are looked through for equal ones.
        var normalizesAt = 4_096
    }

    private struct Recent {
        var begin: Int64 = 0
        var end: Int64 = 0
        var index = 0
    }

    private var indices: [Key: Int] = [:]
    private var nodes: [Node] = []
    private var recent = [Recent](repeating: Recent(), count: StartLevel.allCases.count + 1)

    /// Counts starts at an instant in a country, given by its dense number; a negative `delta` takes away.
    mutating func add(_ microseconds: Int64, country: UInt16, delta: Int64) {
        add(microseconds, country, delta, from: .month)
    }

    private mutating func add(_ microseconds: Int64, _ country: UInt16, _ delta: Int64, from top: StartLevel)
    {
        var level = top
        while true {
            let (index, begin) = place(level, microseconds)
            guard nodes[index].isSplit, let finer = level.finer else {
                nodes[index].contents.entries.append(
                    StartNode.Entry(offset: UInt32(microseconds - begin), country: country, delta: delta)
                )
                return settle(index, level, begin)
            }
            nodes[index].contents.addTotal(country, delta)
            level = finer
        }
    }

    /// Hands the entries of a crowded node down, or, at the bottom, makes one of equal ones.
    private mutating func settle(_ index: Int, _ level: StartLevel, _ begin: Int64) {
        guard let finer = level.finer else {
            guard nodes[index].contents.entries.count >= nodes[index].normalizesAt else { return }
            nodes[index].contents.normalizeEntries()
            nodes[index].normalizesAt = max(4_096, nodes[index].contents.entries.count * 2)
            return
        }
        guard nodes[index].contents.entries.count > StartNode.splitThreshold else { return }
        let entries = nodes[index].contents.entries
        nodes[index].contents.entries = []
        nodes[index].isSplit = true
        for entry in entries {
            nodes[index].contents.addTotal(entry.country, entry.delta)
            add(begin + Int64(entry.offset), entry.country, entry.delta, from: finer)
        }
    }

    @inline(__always)
    private mutating func place(_ level: StartLevel, _ microseconds: Int64) -> (index: Int, begin: Int64) {
        let last = recent[Int(level.rawValue)]
        if microseconds >= last.begin, microseconds < last.end { return (last.index, last.begin) }
        return placeAnew(level, microseconds)
    }

    private mutating func placeAnew(_ level: StartLevel, _ microseconds: Int64) -> (index: Int, begin: Int64)
    {
        let bucket = level.bucket(of: microseconds)
        let begin = level.start(of: bucket)
        let key = Key(level: level, bucket: bucket)
        let index = indices[key] ?? nodes.count
        if index == nodes.count {
            indices[key] = index
            nodes.append(Node(isSplit: !level.holdsEntries))
        }
        recent[Int(level.rawValue)] = Recent(begin: begin, end: level.start(of: bucket + 1), index: index)
        return (index, begin)
    }

    /// Calls `body` with the nodes of a level from one bucket through another that exist, in rising order.
    func forEachNode(_ level: StartLevel, _ buckets: ClosedRange<Int64>, _ body: (Int64, StartNode) -> Void) {
        for bucket in buckets {
            guard let index = indices[Key(level: level, bucket: bucket)] else { continue }
            body(bucket, nodes[index].contents)
        }
    }

    /// Every node, in the order of the stored keys, its entries normalized; made one by one.
    func sortedNodes() -> some Sequence<(Key, StartNode)> {
        indices.keys.sorted().lazy.map { key in
            var contents = indices[key].map { nodes[$0].contents } ?? StartNode()
            contents.normalizeEntries()
            return (key, contents)
        }
    }
}
