internal import CRocksDB
import Glibc
import Synchronization

/// One column family of an open database.
@safe public struct ColumnFamily: @unchecked Sendable {  // RocksDB's handles may be used from every thread.
    let handle: OpaquePointer
}

/// How a database as a whole is kept.
public struct DatabaseOptions: Sendable {
    /// Where it lies.
    public var path: String
    /// How many files it may hold open; each costs a descriptor and some memory.
    public var maximumOpenFiles = 512
    /// Threads for flushes and compactions: RocksDB gives a quarter of them, at least one, to flushes.
    ///
    /// It runs more than one compaction at a time only while twice as many files as `trigger` wait in a column family.
    public var backgroundJobs = 2
    /// How many bytes of log may pile up before a quiet column family is flushed to let them go.
    public var maximumLogBytes = 1 << 30
    /// How many bytes all memtables together may take.
    public var writeBufferBytes = 0

    /// Makes options for a database at a path.
    public init(path: String) {
        self.path = path
    }
}

/// An open RocksDB database: one process at a time, any number of threads.
///
/// Every call may block on the disk. After a failed write the state of the log is unknown: stop, and open anew.
@safe public final class Database: @unchecked Sendable {  // RocksDB: "a DB is safe for concurrent access".
    let handle: OpaquePointer
    /// The column families, in the order of the options.
    public let columnFamilies: [ColumnFamily]
    private let options: [OpaquePointer]
    let retained: [ColumnFamilyOptions]
    /// How many want no automatic compaction to begin.
    let compactionPauses = Mutex(0)
    /// Whether `stopCompactions` was called.
    let areCompactionsStopped = Atomic(false)
    private let onClose: @Sendable () -> Void

    /// Between looks at whether running compactions have ended.
    static let compactionPollMicroseconds: UInt32 = 5_000

    /// Opens a database, or makes a new one where there is none.
    ///
    /// `onClose` is called when it was closed, which it is with its last reference.
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
        // A torn tail is what a crash leaves; damage anywhere else must stop the start, not drop records.
        unsafe rocksdb_options_set_wal_recovery_mode(
            handle,
            Int32(rocksdb_tolerate_corrupted_tail_records_recovery)
        )
        unsafe rocksdb_options_set_max_open_files(handle, Int32(options.maximumOpenFiles))
        unsafe rocksdb_options_set_max_background_jobs(handle, Int32(options.backgroundJobs))
        unsafe rocksdb_options_set_max_total_wal_size(handle, UInt64(options.maximumLogBytes))
        unsafe rocksdb_options_set_db_write_buffer_size(handle, options.writeBufferBytes)
        // Background files reach the disk steadily instead of in one burst that holds up the log's sync.
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

    /// Writes a column family's memtable to a file, in the background unless told to wait.
    public func flush(_ family: ColumnFamily, wait: Bool) throws(RocksDBError) {
        let options = unsafe rocksdb_flushoptions_create()
        defer { unsafe rocksdb_flushoptions_destroy(options) }
        unsafe rocksdb_flushoptions_set_wait(options, wait ? 1 : 0)
        try unsafe check("flush") { unsafe rocksdb_flush_cf(handle, options, family.handle, $0) }
    }

    /// Takes a finished file of `SSTFileWriter` in, atomically and durably; the file moves into the database.
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

    /// Removes a column family with all that is in it, durably; nothing may be asked of it afterwards.
    public func drop(_ family: ColumnFamily) throws(RocksDBError) {
        try unsafe check("drop a column family") {
            unsafe rocksdb_drop_column_family(handle, family.handle, $0)
        }
    }

    /// A property that RocksDB gives as a number, such as `rocksdb.live-sst-files-size`.
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
