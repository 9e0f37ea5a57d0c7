/// The most files that an embedded store keeps open, and the limits of RocksDB that follow.
///
/// RocksDB caches `max_open_files` less ten tables, in 64 shards. Readers and compactions hold every run of a column
/// family's level 0 open, even beyond that limit, and a reader that began before a compaction holds those on both sides
/// of it. So the number of these runs needs a bound, too, at which the flusher waits for compactions.
struct FileBudget: Equatable {
    /// Logs, the MANIFEST, files being written or ingested, locks and directories.
    private static let others = 48
    private static let cacheShards = 64
    /// The column families that accumulate runs, each counted on both sides of a compaction.
    private static let families = 2 * 3
    /// More than the twelve that RocksDB may leave uncompacted; beyond 128 they only slow down queries.
    private static let runs = 16...128
    /// A file has up to 64 MiB: 10^9 events of 77 bytes fill 1,200 of them.
    ///
    /// A file that is not open must be opened for a lookup, which reads its footer, its properties and the top of its
    /// index.
    private static let cachedFiles = cacheShards...2_048

    /// From the fewest descriptors with which a store can work to the most it can use.
    static let range =
        others + families * runs.lowerBound + cachedFiles.lowerBound...others + families * runs.upperBound
        + cachedFiles.upperBound

    /// RocksDB's `max_open_files`.
    let maximumOpenFiles: Int
    /// The most runs of a column family that may await compaction.
    let maximumRuns: Int

    /// Divides `descriptors`, clamped to `range`: a third goes to runs.
    init(descriptors: Int) {
        let range = FileBudget.range
        let shared = min(max(descriptors, range.lowerBound), range.upperBound) - FileBudget.others
        let runs = shared / 3 / FileBudget.families
        maximumRuns = min(max(runs, FileBudget.runs.lowerBound), FileBudget.runs.upperBound)
        let cached = min(shared - FileBudget.families * maximumRuns, FileBudget.cachedFiles.upperBound)
        // Whole shards, since RocksDB rounds up the size of each, and ten files that it reserves for itself.
        maximumOpenFiles = cached / FileBudget.cacheShards * FileBudget.cacheShards + 10
    }
}

extension RocksDBStore {
    /// The fewest descriptors that a store needs and the most it can use; see `Options.maximumDescriptors`.
    public static let descriptors = FileBudget.range
}
