import Glibc
import PlayerSessions
import RocksDB
import Synchronization

/// The RocksDB database of a store, with its column families and their options.
final class StoreDatabase: Sendable {
    let database: Database
    /// The journal of a store of format 1, `nil` for others.
    let legacyJournal: ColumnFamily?
    let records: ColumnFamily
    let index: ColumnFamily
    let starts: ColumnFamily
    let recordOptions: ColumnFamilyOptions
    let indexOptions: ColumnFamilyOptions
    let startOptions: ColumnFamilyOptions
    let cache: BlockCache
    private let cacheBytes: Int
    /// The horizon of a purge in progress.
    let purge: PurgeHorizon
    /// Nodes of the tree of starts that should be split or summed up.
    let oversizedNodes: OversizedNodes

    /// Holds compactions while the disk is short of space.
    let compactionGate: CompactionGate

    private let recordsExist = Atomic(false)

    /// Bits per key, for about 1 % false positives.
    private static let bloomBitsPerKey = 10

    /// Up to twelve runs may accumulate, so that a compaction takes many of similar size and each row is rewritten
    /// seldom.
    ///
    /// A compaction includes a run only if it is little larger than all newer ones together; otherwise large runs would
    /// be rewritten again and again.
    private static let runs = ColumnFamilyOptions.Compaction.universal(
        trigger: 12,
        sizeRatioPercent: 5,
        minimumMergeWidth: 4
    )
    /// A count adds up what each run holds of a node, and these runs are small, so they are compacted sooner.
    private static let startRuns = ColumnFamilyOptions.Compaction.universal(
        trigger: 4,
        sizeRatioPercent: 20,
        minimumMergeWidth: 2
    )

    /// Returns the number of background threads: one for flushes and two to four for compactions.
    ///
    /// A long compaction must not hold up the other column families, and more threads than processors would only
    /// compete with the writer.
    static func backgroundJobs(processors: Int) -> Int {
        1 + min(max(processors, 2), 4)
    }

    /// Opens or creates the database.
    ///
    /// `cacheBytes` bounds blocks, indexes and filters in memory, including the membership filter; `maximumOpenFiles`
    /// bounds the tables kept open. `hasLegacyJournal` is set for a store of format 1. `onClose` is called after the
    /// database was closed, when its last reference is released.
    init(
        path: String,
        cacheBytes: Int,
        maximumOpenFiles: Int = FileBudget(descriptors: FileBudget.range.upperBound).maximumOpenFiles,
        hasLegacyJournal: Bool = false,
        onClose: @escaping @Sendable () -> Void = {}
    ) throws(RocksDBError) {
        let purge = PurgeHorizon()
        let compactionGate = CompactionGate()
        let oversizedNodes = OversizedNodes()
        let cache = BlockCache(bytes: cacheBytes)
        var records = ColumnFamilyOptions(name: "records", compaction: StoreDatabase.runs)
        records.cache = cache
        records.bloomBitsPerKey = StoreDatabase.bloomBitsPerKey
        records.compactionFilter = unsafe CompactionFilter(name: "player-sessions.records") { _, value in
            compactionGate.pass()
            return unsafe purge.decide(record: value)
        }
        var index = ColumnFamilyOptions(name: "index", compaction: StoreDatabase.runs)
        index.cache = cache
        index.compactionFilter = unsafe CompactionFilter(name: "player-sessions.index") { key, _ in
            compactionGate.pass()
            return unsafe purge.decide(indexKey: key)
        }
        var starts = ColumnFamilyOptions(name: "starts", compaction: StoreDatabase.startRuns)
        starts.cache = cache
        starts.mergeOperator = unsafe MergeOperator(name: "player-sessions.starts") { key, values in
            unsafe StartNode.combine(values) { unsafe oversizedNodes.note(key, $0) }
        }
        let rest = ColumnFamilyOptions(name: "default", compaction: .none)
        let former =
            hasLegacyJournal
            ? [ColumnFamilyOptions(name: LegacyJournal.columnFamily, compaction: .none)] : []
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
        legacyJournal = hasLegacyJournal ? database.columnFamilies[4] : nil
        recordOptions = records
        indexOptions = index
        startOptions = starts
        self.cache = cache
        self.cacheBytes = cacheBytes
        self.purge = purge
        self.compactionGate = compactionGate
        self.oversizedNodes = oversizedNodes
        var cursor = Cursor(database, self.records, snapshot: nil)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        if try cursor.isValid() { noteRecords() }
    }

    /// Whether the runs may hold records; if not, as in a new store's first minutes, no lookup is needed.
    var hasRecords: Bool { recordsExist.load(ordering: .acquiring) }

    /// Enables lookups of records; must be called before the first run is ingested.
    func noteRecords() {
        recordsExist.store(true, ordering: .releasing)
    }

    /// Shrinks the cache by the memory of the membership filter.
    func leaveToFilter(bytes: Int) { cache.setCapacity(bytes: max(0, cacheBytes - bytes)) }

    /// The number of sorted runs awaiting compaction in the column family that has the most.
    var waitingRuns: Int {
        [records, index, starts].map(database.levelZeroFileCount(of:)).max() ?? 0
    }

    /// Whether a compaction is running.
    var isCompacting: Bool {
        (database.property("rocksdb.num-running-compactions", of: records) ?? 0) > 0
    }

    /// The number of RocksDB's compactions and flushes that have failed.
    var compactionErrors: UInt64 { database.property("rocksdb.background-errors", of: records) ?? 0 }

    /// Whether a compaction is running or pending.
    var isCompactionDue: Bool {
        isCompacting
            || [records, index, starts].contains {
                (database.property("rocksdb.compaction-pending", of: $0) ?? 0) > 0
            }
    }

    /// The bytes that the largest compaction would write: all of the largest column family.
    var largestCompactionBytes: Int {
        Int(
            clamping: [records, index, starts].map {
                database.property("rocksdb.live-sst-files-size", of: $0) ?? 0
            }.max() ?? 0
        )
    }

    /// The size of all sorted runs in bytes.
    var runBytes: UInt64 {
        [records, index, starts].reduce(0) {
            $0 + (database.property("rocksdb.total-sst-files-size", of: $1) ?? 0)
        }
    }
}
