/// How many files an embedded store has open at most, and what follows from it for RocksDB.
///
/// RocksDB keeps tables in a cache of `max_open_files` less ten, in 64 shards. Readers and compactions hold every run of
/// a column family's first level open, beyond that limit if need be, and a reader that began before a compaction those
/// of both sides of it. So the number of such runs has a bound, too: the flusher waits for compactions there.
struct FileBudget: Equatable {
    /// Logs, the list of files, files that are being written or taken in, locks and directories.
    private static let others = 48
    private static let cacheShards = 64
    /// Column families whose runs pile up, each counted on both sides of a compaction.
    private static let families = 2 * 3
    /// More than the twelve that RocksDB may leave without a compaction; more than 128 only makes queries slow.
    private static let runs = 16...128
    /// A file has up to 64 MiB: 10^9 events, 77 bytes each, are 1,200 of them.
    ///
    /// Whatever is not open has to be opened for a
    /// look-up in it, which reads its footer, its properties and the top of its index.
    private static let cachedFiles = cacheShards...2_048

    /// The descriptors with which a store can work, up to the most that it can use.
    static let range =
        others + families * runs.lowerBound + cachedFiles.lowerBound...others + families * runs.upperBound
        + cachedFiles.upperBound

    /// RocksDB's `max_open_files`.
    let maximumOpenFiles: Int
    /// How many runs of a column family may wait to be compacted.
    let maximumRuns: Int

    /// Shares out this many descriptors, or what of the range is nearest to them: a third for runs.
    init(descriptors: Int) {
        let range = FileBudget.range
        let shared = min(max(descriptors, range.lowerBound), range.upperBound) - FileBudget.others
        let runs = shared / 3 / FileBudget.families
        maximumRuns = min(max(runs, FileBudget.runs.lowerBound), FileBudget.runs.upperBound)
        let cached = min(shared - FileBudget.families * maximumRuns, FileBudget.cachedFiles.upperBound)
        // Whole shards: RocksDB rounds the size of each up. It keeps ten files of its limit for itself.
        maximumOpenFiles = cached / FileBudget.cacheShards * FileBudget.cacheShards + 10
    }
}

extension RocksDBStore {
    /// How many descriptors a store needs, up to the most that it can use: see `Options.maximumDescriptors`.
    public static let descriptors = FileBudget.range
}
