import PlayerSessions
import RocksDB

/// Writes a sorted run of the tree of starts: a memtable's starts and the commit record, or only nodes to be split.
///
/// Most nodes are written blindly, as merge operands. If a memtable adds much to a node, or the node was noted, what
/// the runs hold of it is read and the sum is written as a value, which hides everything older; so a query never adds
/// up much of a node from many runs. If the sum is oversized, its entries move to finer nodes in the same file.
///
/// Nothing else may change the starts until the file is ingested.
struct StartRun: ~Copyable {
    /// A node with at least this many totals and entries is read before it is written.
    ///
    /// Ordinary traffic adds fewer to nearly all nodes. Up to `fewRuns` runs can each hold that many of a node.
    private static let itemsOfValue = 128
    /// The same while compactions fall behind and many more runs exist.
    private static let itemsOfValueInBacklog = 16
    /// RocksDB leaves up to four of these runs uncompacted, and some arrive during a compaction.
    private static let fewRuns = 8
    /// The most totals and entries of nodes that a flush reads; it leaves the rest for later.
    private static let maximumItemsOfFlush = 4_000_000
    /// The same for a split without a flush, which takes about 50 ms; a flush may have to wait for it.
    private static let maximumItemsOfSplit = 250_000

    private let store: StoreDatabase
    private let leastItems: Int
    private var itemsLeft: Int
    private var reader: StartNodeReader
    private var writer: SSTFileWriter
    private var bytes: [UInt8] = []
    /// What nodes of the current level move to the next one, by bucket.
    private var handedDown: [Int64: StartNode] = [:]

    private init(_ path: String, _ store: StoreDatabase, maximumItems: Int) throws(RocksDBError) {
        self.store = store
        let runs = store.database.levelZeroFileCount(of: store.starts)
        leastItems = runs < StartRun.fewRuns ? StartRun.itemsOfValue : StartRun.itemsOfValueInBacklog
        itemsLeft = maximumItems
        reader = StartNodeReader(store)
        writer = try SSTFileWriter(path: path, for: store.startOptions)
    }

    /// Writes and syncs the file whose ingestion commits a memtable, and repairs the noted nodes in it.
    ///
    /// `nodes` are the memtable's, in key order; `sequence` is that of its last group; `mark` is where it ends in the
    /// membership filter's log.
    static func write(
        _ nodes: some Sequence<(HotStarts.Key, StartNode)>,
        through sequence: UInt64,
        _ mark: MembershipMark? = nil,
        to path: String,
        _ store: StoreDatabase
    ) throws(RocksDBError) {
        var run = try StartRun(path, store, maximumItems: maximumItemsOfFlush)
        try run.write(nodes, noted: store.oversizedNodes.take())
        try run.writer.put(CommitRecord.key, sequence.bigEndianBytes)
        if let mark { try run.writer.put(MembershipMark.key, mark.bytes) }
        try run.writer.finish()
    }

    /// Writes and syncs a file that repairs the noted nodes and changes no count.
    ///
    /// Returns `false`, without a complete file, if there is nothing to repair.
    static func writeNoted(to path: String, _ store: StoreDatabase) throws(RocksDBError) -> Bool {
        let noted = store.oversizedNodes.take()
        guard !noted.isEmpty else { return false }
        var run = try StartRun(path, store, maximumItems: maximumItemsOfSplit)
        try run.write(EmptyCollection(), noted: noted)
        guard run.writer.count > 0 else { return false }
        try run.writer.finish()
        return true
    }

    private mutating func write(
        _ nodes: some Sequence<(HotStarts.Key, StartNode)>,
        noted: Set<HotStarts.Key>
    ) throws(RocksDBError) {
        var iterator = nodes.makeIterator()
        var next = iterator.next()
        for level in StartLevel.allCases {
            let handed = handedDown
            handedDown = [:]
            let noted = Set(noted.lazy.filter { $0.level == level }.map(\.bucket))
            var others = noted.union(handed.keys).sorted()[...]
            while let (key, node) = next, key.level == level {
                while let bucket = others.first, bucket < key.bucket {
                    others.removeFirst()
                    try write(handed[bucket], at: HotStarts.Key(level: level, bucket: bucket), noted)
                }
                if others.first == key.bucket {
                    others.removeFirst()
                    try write(handed[key.bucket].map { $0 + node } ?? node, at: key, noted)
                } else {
                    try write(node, at: key, noted)
                }
                next = iterator.next()
            }
            for bucket in others {
                try write(handed[bucket], at: HotStarts.Key(level: level, bucket: bucket), noted)
            }
        }
    }

    private mutating func write(
        _ node: StartNode?,
        at key: HotStarts.Key,
        _ noted: Set<Int64>
    ) throws(RocksDBError) {
        try write(node ?? StartNode(), at: key, isNoted: !noted.isEmpty && noted.contains(key.bucket))
    }

    private mutating func write(
        _ node: StartNode,
        at key: HotStarts.Key,
        isNoted: Bool
    ) throws(RocksDBError) {
        let items = node.totals.count + node.entries.count
        guard isNoted || items >= leastItems, itemsLeft > 0 else {
            if isNoted { store.oversizedNodes.note(key) }
            guard items > 0 else { return }
            encode(node)
            return try writer.merge(key.bytes, bytes)
        }
        var merge = StartNodeMerge()
        _ = try reader.add(key, to: &merge)
        let isExpensive = OversizedNodes.isExpensive(merge.items, at: key.level)
        merge.add(node)
        itemsLeft -= merge.items
        var sum = merge.finish()
        let isCrowded = OversizedNodes.isCrowded(sum, at: key.level)
        // A node that a query noted may have been repaired since.
        guard items > 0 || isExpensive || isCrowded else { return }
        if isCrowded, let finer = key.level.finer {
            for (bucket, part) in sum.handDown(from: key, to: finer) { handedDown[bucket] = part }
        }
        encode(sum)
        try writer.put(key.bytes, bytes)
    }

    private mutating func encode(_ node: StartNode) {
        bytes.removeAll(keepingCapacity: true)
        node.encode(to: &bytes)
    }
}
