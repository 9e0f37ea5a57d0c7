internal import CRocksDB

/// How one column family is stored.
public struct ColumnFamilyOptions: Sendable {
    /// How the files of a column family are compacted.
    public enum Compaction: Sendable {
        /// Files stay as they are until they are deleted.
        case none
        /// Sorted runs of similar size are compacted when there are `trigger` of them.
        case universal(trigger: Int, sizeRatioPercent: Int, minimumMergeWidth: Int)
    }

    /// The column family's name.
    public var name: String
    /// The size in bytes at which a memtable is flushed to a file.
    public var writeBufferBytes = 8 << 20
    /// The number of memtables; if all wait to be flushed, writes stall.
    public var maximumWriteBuffers = 4
    /// How files are compacted.
    public var compaction: Compaction
    /// Bloom filter bits per key; 0 for no filter.
    public var bloomBitsPerKey = 0
    /// The size of a block in a file, in bytes.
    public var blockBytes = 4 << 10
    /// The size of a partition of an index or a filter in a file, in bytes.
    public var metadataBlockBytes = 4 << 10
    /// The cache for blocks, indexes and filters.
    ///
    /// With a cache, indexes and filters are partitioned, and the cache holds the partitions in use. Only their top
    /// levels stay in it while the file is open: about a ten-thousandth of the file. Files with unpartitioned indexes
    /// and filters stay readable.
    public var cache: BlockCache?
    /// Defines what merge operands mean.
    public var mergeOperator: MergeOperator?
    /// Decides what compactions drop.
    public var compactionFilter: CompactionFilter?

    /// Makes options for a column family.
    public init(name: String, compaction: Compaction) {
        self.name = name
        self.compaction = compaction
    }

    /// Returns the C options; the caller destroys them, after the database that was opened with them.
    func makeHandle() -> OpaquePointer {
        let options = unsafe makeOptions()
        unsafe ColumnFamilyOptions.turnOffRewritesByAge(options)
        unsafe rocksdb_options_set_write_buffer_size(options, writeBufferBytes)
        unsafe rocksdb_options_set_max_write_buffer_number(options, Int32(maximumWriteBuffers))
        unsafe rocksdb_options_set_compression(options, Int32(rocksdb_no_compression))
        unsafe rocksdb_options_set_level0_slowdown_writes_trigger(options, 1_000)
        unsafe rocksdb_options_set_level0_stop_writes_trigger(options, 2_000)
        unsafe rocksdb_options_set_soft_pending_compaction_bytes_limit(options, 0)
        unsafe rocksdb_options_set_hard_pending_compaction_bytes_limit(options, 0)
        unsafe setCompaction(options)
        unsafe setTable(options)
        if let mergeOperator {
            unsafe rocksdb_options_set_merge_operator(options, mergeOperator.makeHandle())
        }
        if let compactionFilter {
            unsafe rocksdb_options_set_compaction_filter(options, compactionFilter.handle)
        }
        return unsafe options
    }

    /// Turns off the rewriting of old files.
    ///
    /// By default RocksDB rewrites every file of a block-based table after 30 days (`ttl` and, for universal
    /// compaction, `periodic_compaction_seconds`), which frees nothing here but reads and writes the whole database.
    /// Its C interface has no functions for these two options, but parses them.
    private static func turnOffRewritesByAge(_ options: OpaquePointer) {
        var failure: UnsafeMutablePointer<CChar>?
        unsafe rocksdb_get_options_from_string(
            options,
            "ttl=0;periodic_compaction_seconds=0",
            options,
            &failure
        )
        if let message = unsafe failure {
            preconditionFailure("RocksDB does not know its options: \(unsafe String(cString: message))")
        }
    }

    private func setCompaction(_ options: OpaquePointer) {
        switch compaction {
        case .none:
            unsafe rocksdb_options_set_disable_auto_compactions(options, 1)
        case .universal(let trigger, let sizeRatioPercent, let minimumMergeWidth):
            unsafe rocksdb_options_set_compaction_style(options, Int32(rocksdb_universal_compaction))
            unsafe rocksdb_options_set_level0_file_num_compaction_trigger(options, Int32(trigger))
            let universal = unsafe rocksdb_universal_compaction_options_create()
            unsafe rocksdb_universal_compaction_options_set_size_ratio(universal, Int32(sizeRatioPercent))
            unsafe rocksdb_universal_compaction_options_set_min_merge_width(
                universal,
                Int32(minimumMergeWidth)
            )
            unsafe rocksdb_options_set_universal_compaction_options(options, universal)
            unsafe rocksdb_universal_compaction_options_destroy(universal)
        }
    }

    private func setTable(_ options: OpaquePointer) {
        let table = unsafe rocksdb_block_based_options_create()
        defer { unsafe rocksdb_block_based_options_destroy(table) }
        unsafe rocksdb_block_based_options_set_block_size(table, blockBytes)
        unsafe rocksdb_block_based_options_set_format_version(table, 5)
        if bloomBitsPerKey > 0 {
            unsafe rocksdb_block_based_options_set_filter_policy(
                table,
                rocksdb_filterpolicy_create_bloom_full(Double(bloomBitsPerKey))
            )
        }
        if let cache {
            unsafe rocksdb_block_based_options_set_block_cache(table, cache.handle)
            unsafe rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
            unsafe rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
            unsafe rocksdb_block_based_options_set_index_type(
                table,
                Int32(rocksdb_block_based_table_index_type_two_level_index_search)
            )
            unsafe rocksdb_block_based_options_set_partition_filters(table, bloomBitsPerKey > 0 ? 1 : 0)
            unsafe rocksdb_block_based_options_set_metadata_block_size(table, UInt64(metadataBlockBytes))
            unsafe rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        }
        unsafe rocksdb_options_set_block_based_table_factory(options, table)
    }
}

/// Returns new C options with RocksDB's defaults.
func makeOptions() -> OpaquePointer {
    guard let options = unsafe rocksdb_options_create() else {
        preconditionFailure("rocksdb_options_create returned no options")
    }
    return unsafe options
}
