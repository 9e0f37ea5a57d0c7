import PlayerSessions

/// The starts of a memtable as a tree of nodes in memory.
///
/// A node keeps its starts itself until there are many, then hands them to finer nodes, so that a start takes the same
/// memory whether all starts lie in one day or in fifty years. `sortedNodes` converts to the simpler form of the runs.
/// The last node of each level is cached, as live traffic uses the same ones. One thread changes the tree; others read
/// it under the same lock, or once it is immutable.
struct HotStarts {
    /// The key of a node: its level and its bucket.
    struct Key: Hashable, Comparable {
        var level: StartLevel
        var bucket: Int64

        init(level: StartLevel, bucket: Int64) {
            self.level = level
            self.bucket = bucket
        }

        /// Reads a stored key; `nil` if the bytes are invalid.
        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count == 9, let level = unsafe StartLevel(rawValue: bytes[0]),
                let bucket = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: bytes[1...]))
            else { return nil }
            self.init(level: level, bucket: Int64(bitPattern: bucket))
        }

        /// The stored key: the level, then the bucket as eight bytes big-endian.
        var bytes: [UInt8] { [level.rawValue] + UInt64(bucket).bigEndianBytes }

        static func < (left: Key, right: Key) -> Bool {
            left.level == right.level
                ? left.bucket < right.bucket : left.level.rawValue < right.level.rawValue
        }
    }

    private struct Recent {
        var begin: Int64 = 0
        var end: Int64 = 0
        var index = 0
    }

    private var indices: [Key: Int] = [:]
    private var nodes: [HotStartNode] = []
    /// The bytes of the nodes' arrays.
    private var heapBytes = 0
    private var recent = [Recent](repeating: Recent(), count: StartLevel.allCases.count + 1)

    /// Adds starts at an instant in a country, given by its dense number; a negative `delta` removes some.
    mutating func add(_ microseconds: Int64, country: UInt16, delta: Int64) {
        add(microseconds, country, delta, from: .month)
    }

    private mutating func add(_ microseconds: Int64, _ country: UInt16, _ delta: Int64, from top: StartLevel)
    {
        var level = top
        while true {
            let (index, begin) = place(level, microseconds)
            guard nodes[index].isSplit, let finer = level.finer else {
                heapBytes += nodes[index].append(microseconds - begin, country, delta)
                if nodes[index].isCrowded { settle(index, level, begin) }
                return
            }
            heapBytes += nodes[index].addTotal(country, delta)
            level = finer
        }
    }

    /// Merges equal starts and, if many remain, hands them to the finer nodes.
    private mutating func settle(_ index: Int, _ level: StartLevel, _ begin: Int64) {
        nodes[index].normalize()
        guard nodes[index].isCrowdedStill(at: level), let finer = level.finer else {
            return nodes[index].keep()
        }
        let before = nodes[index].heapBytes
        let handedDown = nodes[index].split()
        heapBytes += nodes[index].heapBytes - before
        for entry in handedDown {
            add(begin + entry.offset, entry.country, entry.delta, from: finer)
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
            nodes.append(HotStartNode(level))
        }
        recent[Int(level.rawValue)] = Recent(begin: begin, end: level.start(of: bucket + 1), index: index)
        return (index, begin)
    }

    /// Calls `body` with the existing nodes of a level in a range of buckets, in ascending order.
    func forEachNode(
        _ level: StartLevel,
        _ buckets: ClosedRange<Int64>,
        _ body: (Int64, HotStartNode) -> Void
    ) {
        for bucket in buckets {
            guard let index = indices[Key(level: level, bucket: bucket)] else { continue }
            body(bucket, nodes[index])
        }
    }

    /// The bytes that the tree takes, without the allocator's overhead; O(1).
    var memoryBytes: Int {
        heapBytes + nodes.capacity * MemoryLayout<HotStartNode>.stride
            + indices.capacity * (MemoryLayout<Key>.stride + MemoryLayout<Int>.stride)
    }

    /// The same, recounted: for tests.
    var countedMemoryBytes: Int {
        memoryBytes - heapBytes + nodes.reduce(0) { $0 + $1.heapBytes }
    }
}

extension HotStarts {
    /// A node with its key and the start of its bucket, for walking the tree in order of time.
    private struct Source {
        var key: Key
        var begin: Int64
        var index: Int
    }

    /// Returns every node in the form of the runs, in the order of the stored keys, normalized and made lazily.
    ///
    /// In that form only minutes and finer nodes have entries: those of a coarser node are handed down to minutes, and
    /// become totals on its own level and those between.
    func sortedNodes() -> some Sequence<(Key, StartNode)> {
        let sources = indices.map { key, index in
            Source(key: key, begin: key.level.start(of: key.bucket), index: index)
        }
        .sorted { left, right in
            left.begin == right.begin ? left.key < right.key : left.begin < right.begin
        }
        return StartLevel.allCases.lazy.flatMap { level in
            // A node that is not split has none below it, so these follow each other without an overlap.
            sources.lazy.filter { source in
                source.key.level == level || (source.key.level < level && !level.isFinerThanMinutes)
            }
            .flatMap { source in stored(source, level) }
            .filter { key, node in !node.changesNothing(at: key.level) }
        }
    }

    /// Returns what a node contributes to its own level or a finer one.
    private func stored(_ source: Source, _ level: StartLevel) -> [(Key, StartNode)] {
        var node = nodes[source.index]
        guard source.key.level == level, node.isSplit || level.holdsEntries else {
            guard !node.isSplit else { return [] }
            node.normalize()
            return handDown(node, source.begin, level)
        }
        node.normalize()
        var contents = StartNode()
        contents.totals = node.totals
        node.forEachEntry { contents.append(offset: $0, country: $1, delta: $2) }
        return [(source.key, contents)]
    }

    /// Returns the nodes of a level made from a node's normalized entries.
    private func handDown(
        _ node: HotStartNode,
        _ begin: Int64,
        _ level: StartLevel
    ) -> [(Key, StartNode)] {
        var made: [(Key, StartNode)] = []
        var bucketBegin: Int64 = 0
        var bucketEnd = Int64.min
        node.forEachEntry { offset, country, delta in
            let instant = begin + offset
            if instant >= bucketEnd {
                let bucket = level.bucket(of: instant)
                bucketBegin = level.start(of: bucket)
                bucketEnd = level.start(of: bucket + 1)
                made.append((Key(level: level, bucket: bucket), StartNode()))
            }
            let last = made.count - 1
            if level.holdsEntries {
                made[last].1.append(offset: instant - bucketBegin, country: country, delta: delta)
            } else {
                made[last].1.addTotal(country, delta)
            }
        }
        return made
    }
}
