internal import CRocksDB

/// A cache of blocks, indexes and filters that column families share.
@safe public final class BlockCache: @unchecked Sendable {  // RocksDB's caches synchronise themselves.
    let handle: OpaquePointer

    /// Makes an LRU cache of this many bytes.
    public init(bytes: Int) {
        guard let cache = unsafe rocksdb_cache_create_lru(bytes) else {
            preconditionFailure("rocksdb_cache_create_lru returned no cache")
        }
        unsafe handle = cache
    }

    /// How many bytes are in use.
    public var usedBytes: Int { unsafe rocksdb_cache_get_usage(handle) }

    deinit { unsafe rocksdb_cache_destroy(handle) }
}
