internal import CRocksDB

/// A cache of blocks, indexes and filters that column families share.
@safe public final class BlockCache: @unchecked Sendable {  // RocksDB's caches synchronise themselves.
    /// The minimum size of a shard, if the cache is that large.
    ///
    /// An entry larger than its shard is dropped as soon as it is unused. The largest entries are blocks of the tree of
    /// starts, of some hundred KiB.
    private static let leastShardBytes = 2 << 20
    /// Each shard has a lock; a store has about as many threads that use its cache.
    private static let maximumShardBits = 4

    let handle: OpaquePointer

    /// Makes an LRU cache of this many bytes.
    public init(bytes: Int) {
        guard let options = unsafe rocksdb_lru_cache_options_create() else {
            preconditionFailure("rocksdb_lru_cache_options_create returned no options")
        }
        defer { unsafe rocksdb_lru_cache_options_destroy(options) }
        unsafe rocksdb_lru_cache_options_set_capacity(options, bytes)
        unsafe rocksdb_lru_cache_options_set_num_shard_bits(
            options,
            Int32(BlockCache.shardBits(bytes: bytes))
        )
        guard let cache = unsafe rocksdb_cache_create_lru_opts(options) else {
            preconditionFailure("rocksdb_cache_create_lru_opts returned no cache")
        }
        unsafe handle = cache
    }

    /// Returns the binary logarithm of the number of shards.
    static func shardBits(bytes: Int) -> Int {
        var bits = 0
        while bits < maximumShardBits, bytes >> (bits + 1) >= leastShardBytes { bits += 1 }
        return bits
    }

    /// Changes the capacity; the number of shards stays.
    public func setCapacity(bytes: Int) { unsafe rocksdb_cache_set_capacity(handle, bytes) }

    /// The bytes in use.
    public var usedBytes: Int { unsafe rocksdb_cache_get_usage(handle) }

    deinit { unsafe rocksdb_cache_destroy(handle) }
}
