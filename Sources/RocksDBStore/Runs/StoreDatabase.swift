import Glibc
import PlayerSessions
import RocksDB
import Synchronization

/// The RocksDB database of a store: its column families, and how they are kept.
final class StoreDatabase: Sendable {
    let database: Database
    /// The journal of a store of format 1, `nil` for others.
    let formerJournal: ColumnFamily?
    let records: ColumnFamily
    let index: ColumnFamily
    let starts: ColumnFamily
    let recordOptions: ColumnFamilyOptions
    let indexOptions: ColumnFamilyOptions
    let startOptions: ColumnFamilyOptions
    let cache: BlockCache
    private let cacheBytes: Int
    /// What is being forgotten for good.
    let purge: PurgeHorizon
    /// Nodes of the tree of starts that are to be split or put together.
    let crowdedStarts: CrowdedStarts

    /// Where merges wait while the disk is short of room.
    let mergeGate: MergeGate

    private let recordsExist = Atomic(false)

    /// Bloom filter bits a key: one false answer in a hundred.
    private static let bloomBitsPerKey = 10

    /// Twelve runs are allowed so that a merge takes many of one size, and each row is merged seldom; a run may be little
    /// larger than those before it together, or merges would take larger ones again and again.
    private static let runs = ColumnFamilyOptions.Compaction.universal(
        trigger: 12,
        sizeRatioPercent: 5,
        minimumMergeWidth: 4
    )
    /// A count adds up what each run holds of a node, and these runs are small, so they are merged sooner.
    private static let startRuns = ColumnFamilyOptions.Compaction.universal(
        trigger: 4,
        sizeRatioPercent: 20,
        minimumMergeWidth: 2
    )

    /// One thread for flushes, and two to four for compactions: one long merge must not hold up the other families,
    /// of which there are four, and more threads than processors would only take turns with the writer.
    static func backgroundJobs(processors: Int) -> Int {
        1 + min(max(processors, 2), 4)
    }

    /// Opens the database, or makes it; `cacheBytes` bounds blocks, indexes and filters in memory, that of the
    /// membership included,
    /// `maximumOpenFiles` the tables that stay open.
    ///
    /// One of format 1 `hasFormerJournal`.
    ///
    /// `onClose` is called when the database was closed, with the last reference to it.
    init(
        path: String,
        cacheBytes: Int,
        maximumOpenFiles: Int = FileBudget(descriptors: FileBudget.range.upperBound).maximumOpenFiles,
        hasFormerJournal: Bool = false,
        onClose: @escaping @Sendable () -> Void = {}
    ) throws(RocksDBError) {
        let purge = PurgeHorizon()
        let mergeGate = MergeGate()
        let crowdedStarts = CrowdedStarts()
        let cache = BlockCache(bytes: cacheBytes)
        var records = ColumnFamilyOptions(name: "records", compaction: StoreDatabase.runs)
        records.cache = cache
        records.bloomBitsPerKey = StoreDatabase.bloomBitsPerKey
        records.compactionFilter = unsafe CompactionFilter(name: "player-sessions.records") { _, value in
            mergeGate.pass()
            return unsafe purge.decide(record: value)
        }
        var index = ColumnFamilyOptions(name: "index", compaction: StoreDatabase.runs)
        index.cache = cache
        index.compactionFilter = unsafe CompactionFilter(name: "player-sessions.index") { key, _ in
            mergeGate.pass()
            return unsafe purge.decide(indexKey: key)
        }
        var starts = ColumnFamilyOptions(name: "starts", compaction: StoreDatabase.startRuns)
        starts.cache = cache
        starts.mergeOperator = unsafe MergeOperator(name: "player-sessions.starts") { key, values in
            unsafe StartNode.combine(values) { unsafe crowdedStarts.note(key, $0) }
        }
        let rest = ColumnFamilyOptions(name: "default", compaction: .none)
        let former =
            hasFormerJournal
            ? [ColumnFamilyOptions(name: FormerJournal.columnFamily, compaction: .none)] : []
        var options = DatabaseOptions(path: path)
        options.maximumOpenFiles = maximumOpenFiles
        options.backgroundJobs = StoreDatabase.backgroundJobs(
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        )
        database = try Database(
            options,
            columnFamilies: [rest, records, index, starts] + former,
            onClose: onClose
        )
        self.records = database.columnFamilies[1]
        self.index = database.columnFamilies[2]
        self.starts = database.columnFamilies[3]
        formerJournal = hasFormerJournal ? database.columnFamilies[4] : nil
        recordOptions = records
        indexOptions = index
        startOptions = starts
        self.cache = cache
        self.cacheBytes = cacheBytes
        self.purge = purge
        self.mergeGate = mergeGate
        self.crowdedStarts = crowdedStarts
        var cursor = Cursor(database, self.records, snapshot: nil)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        if try cursor.isValid() { noteRecords() }
    }

    /// Whether the runs may hold records; while they do not, as in a new store's first minutes, no look-up is needed.
    var hasRecords: Bool { recordsExist.load(ordering: .acquiring) }

    /// From now on records are looked up; to be called before the first run is taken in.
    func noteRecords() {
        recordsExist.store(true, ordering: .releasing)
    }

    /// Takes the memory of the membership filter from the cache.
    func leaveToFilter(bytes: Int) { cache.setCapacity(bytes: max(0, cacheBytes - bytes)) }

    /// The most sorted runs that wait to be compacted in a column family.
    var waitingRuns: Int {
        [records, index, starts].map(database.levelZeroFileCount(of:)).max() ?? 0
    }

    /// Whether a compaction runs.
    var isCompacting: Bool {
        (database.property("rocksdb.num-running-compactions", of: records) ?? 0) > 0
    }

    /// How many merges and flushes of RocksDB's have failed.
    var mergeErrors: UInt64 { database.property("rocksdb.background-errors", of: records) ?? 0 }

    /// Whether a merge runs or waits to run.
    var isMergeDue: Bool {
        isCompacting
            || [records, index, starts].contains {
                (database.property("rocksdb.compaction-pending", of: $0) ?? 0) > 0
            }
    }

    /// How many bytes the largest merge would write: all of the largest column family.
    var largestMergeBytes: Int {
        Int(
            clamping: [records, index, starts].map {
                database.property("rocksdb.live-sst-files-size", of: $0) ?? 0
            }.max() ?? 0
        )
    }

    /// How many bytes the files of the sorted runs take.
    var runBytes: UInt64 {
        [records, index, starts].reduce(0) {
            $0 + (database.property("rocksdb.total-sst-files-size", of: $1) ?? 0)
        }
    }
}
