import PlayerSessions

/// The starts of a generation as a tree of buckets in memory.
///
/// A bucket keeps its starts itself until there are many, and then hands them to the finer buckets below it, so that
/// a start costs the same memory whether all starts lie in one day or in fifty years. The runs know fewer forms:
/// `sortedNodes` makes theirs. Buckets of live traffic are the same from event to event and are remembered. One thread
/// changes the tree; others read it under the same lock, or when it is frozen.
struct HotStarts {
    /// The name of a node: its level and its bucket.
    struct Key: Hashable, Comparable {
        var level: StartLevel
        var bucket: Int64

        init(level: StartLevel, bucket: Int64) {
            self.level = level
            self.bucket = bucket
        }

        /// Reads a stored key; `nil` where the bytes are none.
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
    /// How many bytes lie behind the nodes.
    private var heapBytes = 0
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
                heapBytes += nodes[index].append(microseconds - begin, country, delta)
                if nodes[index].isCrowded { settle(index, level, begin) }
                return
            }
            heapBytes += nodes[index].addTotal(country, delta)
            level = finer
        }
    }

    /// Makes one of equal starts and, where that leaves many, hands them to the finer nodes.
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

    /// Calls `body` with the nodes of a level from one bucket through another that exist, in rising order.
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

    /// How many bytes of memory the tree takes, without what the allocator adds; costs nothing.
    var memoryBytes: Int {
        heapBytes + nodes.capacity * MemoryLayout<HotStartNode>.stride
            + indices.capacity * (MemoryLayout<Key>.stride + MemoryLayout<Int>.stride)
    }

    /// The same, counted anew: for tests.
    var countedMemoryBytes: Int {
        memoryBytes - heapBytes + nodes.reduce(0) { $0 + $1.heapBytes }
    }
}

extension HotStarts {
    /// A node with its place, for the way through the tree in the order of time.
    private struct Source {
        var key: Key
        var begin: Int64
        var index: Int
    }

    /// Every node of the runs' form, in the order of the stored keys, its entries normalized; made one by one.
    ///
    /// In that form starts stand in minutes and finer buckets only: those that a coarser node keeps are handed down to
    /// their minutes, and counted on the levels between.
    func sortedNodes() -> some Sequence<(Key, StartNode)> {
        let sources = indices.map { key, index in
            Source(key: key, begin: key.level.start(of: key.bucket), index: index)
        }
        .sorted { left, right in
            left.begin == right.begin ? left.key < right.key : left.begin < right.begin
        }
        return StartLevel.allCases.lazy.flatMap { level in
            // Below a node that is not split there are none, so these follow each other without an overlap.
            sources.lazy.filter { source in
                source.key.level == level || (source.key.level < level && !level.isFinerThanMinutes)
            }
            .flatMap { source in stored(source, level) }
            .filter { key, node in !node.changesNothing(at: key.level) }
        }
    }

    /// What a node of this or a coarser level gives to a level.
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

    /// The nodes of a level that a coarser one's entries, which are normalized, make.
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
