internal import CRocksDB

/// Iterates over the keys of one column family in order, in one view of the database.
///
/// The bytes of `key` and `value` are valid until the cursor moves.
@safe public struct Cursor: ~Copyable {
    private let handle: OpaquePointer
    private let options: OpaquePointer
    private let database: Database
    private let snapshot: Snapshot?

    /// The readahead of a long scan, in bytes.
    private static let readAheadBytes = 1 << 20

    /// Makes a cursor without a position; without a snapshot it reads the current state.
    ///
    /// A long scan reads far ahead and does not fill the cache.
    public init(
        _ database: Database,
        _ family: ColumnFamily,
        snapshot: Snapshot?,
        isLongScan: Bool = false
    ) {
        guard let options = unsafe rocksdb_readoptions_create() else {
            preconditionFailure("rocksdb_readoptions_create returned no options")
        }
        if isLongScan {
            unsafe rocksdb_readoptions_set_fill_cache(options, 0)
            unsafe rocksdb_readoptions_set_readahead_size(options, Cursor.readAheadBytes)
        }
        if let snapshot { unsafe rocksdb_readoptions_set_snapshot(options, snapshot.handle) }
        guard let created = unsafe rocksdb_create_iterator_cf(database.handle, options, family.handle) else {
            preconditionFailure("rocksdb_create_iterator_cf returned no iterator")
        }
        unsafe handle = created
        unsafe self.options = options
        self.database = database
        self.snapshot = snapshot
    }

    deinit {
        unsafe rocksdb_iter_destroy(handle)
        unsafe rocksdb_readoptions_destroy(options)
    }

    /// Moves to the first key at or after `key`.
    public mutating func seek(to key: UnsafeRawBufferPointer) {
        unsafe rocksdb_iter_seek(handle, key.chars, key.count)
    }

    /// Moves to the next key.
    public mutating func advance() {
        unsafe rocksdb_iter_next(handle)
    }

    /// Returns whether the cursor is at a key, `false` at the end; throws if reading failed.
    public func isValid() throws(RocksDBError) -> Bool {
        if unsafe rocksdb_iter_valid(handle) != 0 { return true }
        try unsafe check("read") { unsafe rocksdb_iter_get_error(handle, $0) }
        return false
    }

    /// The current key; the cursor must be at one.
    public var key: UnsafeRawBufferPointer {
        var count = 0
        let start = unsafe rocksdb_iter_key(handle, &count)
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// The current value; the cursor must be at a key.
    public var value: UnsafeRawBufferPointer {
        var count = 0
        let start = unsafe rocksdb_iter_value(handle, &count)
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }
}
