import PlayerSessions
import RocksDB

/// Writes a run of the tree of starts: the starts of a generation and the commit record, or nodes that are to be split.
///
/// Most nodes are written blindly, as operands that add up. Where a generation puts much into one, or where one was noted,
/// what the runs hold of it is read, and the sum is written as a value, which hides what lies below it: so a query never
/// adds up much of a node from many runs. If the sum is crowded, its entries go to the finer nodes, all in the same file.
///
/// Until the file is taken in, nothing else may change the starts.
struct StartRun: ~Copyable {
    /// A node is read before it is written from this many totals and entries on.
    ///
    /// Ordinary traffic puts fewer into nearly all nodes. Up to `fewRuns` runs can each hold as many of a node.
    private static let itemsOfValue = 128
    /// The same while compactions do not keep up, and many more runs lie there.
    private static let itemsOfValueInBacklog = 16
    /// RocksDB leaves up to four of these runs without a compaction, and some come while one runs.
    private static let fewRuns = 8
    /// After so many totals and entries of nodes that were read a flush leaves the rest for later.
    private static let maximumItemsOfFlush = 4_000_000
    /// The same where nothing but these nodes is written, which takes some 50 ms: a generation may have to wait for it.
    private static let maximumItemsOfSplit = 250_000

    private let store: StoreDatabase
    private let leastItems: Int
    private var itemsLeft: Int
    private var reader: StartNodeReader
    private var writer: SSTFileWriter
    private var bytes: [UInt8] = []
    /// What nodes of the present level hand to the next one, by bucket.
    private var handedDown: [Int64: StartNode] = [:]

    private init(_ path: String, _ store: StoreDatabase, maximumItems: Int) throws(RocksDBError) {
        self.store = store
        let runs = store.database.levelZeroFileCount(of: store.starts)
        leastItems = runs < StartRun.fewRuns ? StartRun.itemsOfValue : StartRun.itemsOfValueInBacklog
        itemsLeft = maximumItems
        reader = StartNodeReader(store)
        writer = try SSTFileWriter(path: path, for: store.startOptions)
    }

    /// Writes and syncs a file whose ingestion commits a generation, given by its nodes in the order of their keys, its
    /// last sequence and where it ends in the membership filter's log; it also mends what was noted.
    static func write(
        _ nodes: some Sequence<(HotStarts.Key, StartNode)>,
        through sequence: UInt64,
        _ mark: MembershipMark? = nil,
        to path: String,
        _ store: StoreDatabase
    ) throws(RocksDBError) {
        var run = try StartRun(path, store, maximumItems: maximumItemsOfFlush)
        try run.write(nodes, noted: store.crowdedStarts.take())
        try run.writer.put(CommitRecord.key, sequence.bigEndianBytes)
        if let mark { try run.writer.put(MembershipMark.key, mark.bytes) }
        try run.writer.finish()
    }

    /// Writes and syncs a file that changes no count and mends what was noted; returns `false`, and leaves no whole file,
    /// if all of that is in order.
    static func writeNoted(to path: String, _ store: StoreDatabase) throws(RocksDBError) -> Bool {
        let noted = store.crowdedStarts.take()
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
            if isNoted { store.crowdedStarts.note(key) }
            guard items > 0 else { return }
            encode(node)
            return try writer.merge(key.bytes, bytes)
        }
        var merge = StartNodeMerge()
        _ = try reader.add(key, to: &merge)
        let isExpensive = CrowdedStarts.isExpensive(merge.items, at: key.level)
        merge.add(node)
        itemsLeft -= merge.items
        var sum = merge.finish()
        let isCrowded = CrowdedStarts.isCrowded(sum, at: key.level)
        // What a query noted may be in order by now.
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
