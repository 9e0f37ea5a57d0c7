internal import CRocksDB
import Glibc
import Synchronization

/// One column family of an open database.
@safe public struct ColumnFamily: @unchecked Sendable {  // RocksDB's handles may be used from every thread.
    let handle: OpaquePointer
}

/// Options of a database as a whole.
public struct DatabaseOptions: Sendable {
    /// The directory of the database.
    public var path: String
    /// The most files to keep open; each costs a descriptor and some memory.
    public var maximumOpenFiles = 512
    /// Threads for flushes and compactions: RocksDB gives a quarter of them, at least one, to flushes.
    ///
    /// It runs more than one compaction at a time only if a column family has twice as many waiting files as `trigger`.
    public var backgroundJobs = 2
    /// The size of the log, in bytes, at which an idle column family is flushed to release it.
    public var maximumLogBytes = 1 << 30
    /// The most bytes of all memtables together; 0 for no limit.
    public var writeBufferBytes = 0

    /// Makes options for a database at a path.
    public init(path: String) {
        self.path = path
    }
}

/// An open RocksDB database: one process at a time, any number of threads.
///
/// Every call may block on the disk. After a failed write the state of the log is unknown: stop, and open the database
/// again.
@safe public final class Database: @unchecked Sendable {  // RocksDB: "a DB is safe for concurrent access".
    let handle: OpaquePointer
    /// The column families, in the order of the options.
    public let columnFamilies: [ColumnFamily]
    private let options: [OpaquePointer]
    let retained: [ColumnFamilyOptions]
    /// The number of callers that have paused automatic compactions.
    let compactionPauses = Mutex(0)
    /// Whether `stopCompactions` was called.
    let areCompactionsStopped = Atomic(false)
    private let onClose: @Sendable () -> Void

    /// The interval at which to check whether running compactions have ended.
    static let compactionPollMicroseconds: UInt32 = 5_000

    /// Opens a database, or creates a missing one.
    ///
    /// `onClose` is called after it was closed, when its last reference is released.
    public init(
        _ options: DatabaseOptions,
        columnFamilies: [ColumnFamilyOptions],
        onClose: @escaping @Sendable () -> Void = {}
    ) throws(RocksDBError) {
        let databaseOptions = unsafe Database.makeHandle(options)
        let familyOptions = unsafe columnFamilies.map { unsafe $0.makeHandle() }
        let names = unsafe columnFamilies.map { unsafe strdup($0.name) }
        defer { unsafe names.forEach { unsafe free($0) } }
        let namePointers = unsafe names.map { unsafe UnsafePointer($0) }
        let optionPointers = unsafe familyOptions.map { unsafe Optional($0) }
        var handles = unsafe [OpaquePointer?](repeating: nil, count: columnFamilies.count)
        var failure = RocksDBError(operation: "open \(options.path)", message: "no handle")
        var opened: OpaquePointer?
        do throws(RocksDBError) {
            unsafe opened = try unsafe check("open \(options.path)") { error in
                unsafe rocksdb_open_column_families(
                    databaseOptions,
                    options.path,
                    Int32(columnFamilies.count),
                    namePointers,
                    optionPointers,
                    &handles,
                    error
                )
            }
        } catch {
            failure = error
        }
        guard let opened = unsafe opened else {
            unsafe (familyOptions + [databaseOptions]).forEach { unsafe rocksdb_options_destroy($0) }
            throw failure
        }
        unsafe handle = opened
        self.columnFamilies = unsafe handles.compactMap { unsafe $0.map { unsafe ColumnFamily(handle: $0) } }
        unsafe self.options = unsafe familyOptions + [databaseOptions]
        retained = columnFamilies
        self.onClose = onClose
    }

    deinit {
        unsafe rocksdb_cancel_all_background_work(handle, 1)
        for family in columnFamilies { unsafe rocksdb_column_family_handle_destroy(family.handle) }
        unsafe rocksdb_close(handle)
        unsafe options.forEach { unsafe rocksdb_options_destroy($0) }
        onClose()
    }

    private static func makeHandle(_ options: DatabaseOptions) -> OpaquePointer {
        let handle = unsafe makeOptions()
        unsafe rocksdb_options_set_create_if_missing(handle, 1)
        unsafe rocksdb_options_set_create_missing_column_families(handle, 1)
        unsafe rocksdb_options_set_paranoid_checks(handle, 1)
        // A crash leaves a torn tail; damage anywhere else must stop the start, not drop records.
        unsafe rocksdb_options_set_wal_recovery_mode(
            handle,
            Int32(rocksdb_tolerate_corrupted_tail_records_recovery)
        )
        unsafe rocksdb_options_set_max_open_files(handle, Int32(options.maximumOpenFiles))
        unsafe rocksdb_options_set_max_background_jobs(handle, Int32(options.backgroundJobs))
        unsafe rocksdb_options_set_max_total_wal_size(handle, UInt64(options.maximumLogBytes))
        unsafe rocksdb_options_set_db_write_buffer_size(handle, options.writeBufferBytes)
        // Background files reach the disk steadily, not in one burst that delays the log's sync.
        unsafe rocksdb_options_set_bytes_per_sync(handle, 1 << 20)
        unsafe rocksdb_options_set_stats_dump_period_sec(handle, 0)
        unsafe rocksdb_options_set_max_log_file_size(handle, 4 << 20)
        unsafe rocksdb_options_set_keep_log_file_num(handle, 4)
        return unsafe handle
    }

    /// Applies a batch atomically; with `sync`, returns when it is on the disk.
    public func write(_ batch: borrowing WriteBatch, sync: Bool) throws(RocksDBError) {
        let options = unsafe rocksdb_writeoptions_create()
        defer { unsafe rocksdb_writeoptions_destroy(options) }
        unsafe rocksdb_writeoptions_set_sync(options, sync ? 1 : 0)
        let batchHandle = unsafe batch.handle
        try unsafe check("write") { unsafe rocksdb_write(handle, options, batchHandle, $0) }
    }

    /// Flushes a column family's memtable to a file, in the background unless `wait` is set.
    public func flush(_ family: ColumnFamily, wait: Bool) throws(RocksDBError) {
        let options = unsafe rocksdb_flushoptions_create()
        defer { unsafe rocksdb_flushoptions_destroy(options) }
        unsafe rocksdb_flushoptions_set_wait(options, wait ? 1 : 0)
        try unsafe check("flush") { unsafe rocksdb_flush_cf(handle, options, family.handle, $0) }
    }

    /// Ingests a finished file of `SSTFileWriter`, atomically and durably; the file moves into the database.
    public func ingest(_ path: String, into family: ColumnFamily) throws(RocksDBError) {
        let options = unsafe rocksdb_ingestexternalfileoptions_create()
        defer { unsafe rocksdb_ingestexternalfileoptions_destroy(options) }
        unsafe rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        guard let name = unsafe strdup(path) else { preconditionFailure("out of memory") }
        defer { unsafe free(name) }
        let names: [UnsafePointer<CChar>?] = unsafe [UnsafePointer(name)]
        try unsafe check("ingest \(path)") {
            unsafe rocksdb_ingest_external_file_cf(handle, family.handle, names, 1, options, $0)
        }
    }

    /// Removes a column family with all its contents, durably; it must not be used afterwards.
    public func drop(_ family: ColumnFamily) throws(RocksDBError) {
        try unsafe check("drop a column family") {
            unsafe rocksdb_drop_column_family(handle, family.handle, $0)
        }
    }

    /// Returns a numeric property of RocksDB such as `rocksdb.live-sst-files-size`.
    public func property(_ name: String, of family: ColumnFamily) -> UInt64? {
        var value: UInt64 = 0
        let status = unsafe rocksdb_property_int_cf(handle, family.handle, name, &value)
        return status == 0 ? value : nil
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as the C functions take them.
    var chars: UnsafePointer<CChar>? { unsafe baseAddress?.assumingMemoryBound(to: CChar.self) }
}
