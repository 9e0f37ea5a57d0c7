internal import CRocksDB
import Glibc

extension Database {
    /// Compacts all files of a column family into one run, through its filter; blocks until that is done.
    ///
    /// Returns whether every file that existed when the call began was rewritten through the current filter: it was not
    /// if the compaction was stopped or the disk was full. RocksDB's C interface returns no status.
    ///
    /// The proof is that none of the previous files is left, which holds only if nothing else can replace them. So
    /// automatic compactions are off meanwhile: one that began before the caller changed what the filter drops would
    /// write files with entries that should be gone. This delays nothing, since RocksDB runs no automatic compaction
    /// beside a manual one.
    public func compact(_ family: ColumnFamily) -> Bool {
        withoutAutomaticCompactions {
            let errors = property("rocksdb.background-errors", of: family)
            let before = files(of: family)
            unsafe rocksdb_compact_range_cf(handle, family.handle, nil, 0, nil, 0)
            return before.isDisjoint(with: files(of: family))
                && errors == property("rocksdb.background-errors", of: family)
        }
    }

    /// Runs `body` while no automatic compaction runs or begins.
    ///
    /// Returns `false` if that is impossible, as after a disk error, or if compactions were stopped before.
    private func withoutAutomaticCompactions(_ body: () -> Bool) -> Bool {
        guard (try? pauseCompactions()) != nil else { return false }
        defer { resumeCompactions() }
        while runningCompactions > 0 {
            guard !areCompactionsStopped.load(ordering: .acquiring) else { return false }
            usleep(Database.compactionPollMicroseconds)
        }
        return body()
    }

    private var runningCompactions: UInt64 {
        columnFamilies.first.flatMap { property("rocksdb.num-running-compactions", of: $0) } ?? 0
    }

    /// Prevents new automatic compactions until `resumeCompactions` was called as often; running ones go on.
    public func pauseCompactions() throws(RocksDBError) {
        try compactionPauses.withLock { pauses throws(RocksDBError) in
            if pauses == 0 {
                do throws(RocksDBError) {
                    try setAutomaticCompactions(disabled: true)
                } catch {
                    // Some of the column families may have accepted it.
                    try? setAutomaticCompactions(disabled: false)
                    throw error
                }
            }
            pauses += 1
        }
    }

    /// Undoes one call of `pauseCompactions`.
    public func resumeCompactions() {
        compactionPauses.withLock { pauses in
            pauses -= 1
            guard pauses == 0 else { return }
            // This fails after a disk error, which fails every write; no compaction would run then anyway.
            try? setAutomaticCompactions(disabled: false)
        }
    }

    private func setAutomaticCompactions(disabled: Bool) throws(RocksDBError) {
        for (family, options) in zip(columnFamilies, retained) {
            if case .none = options.compaction { continue }
            guard let name = unsafe strdup("disable_auto_compactions"),
                let value = unsafe strdup(disabled ? "true" : "false")
            else { preconditionFailure("out of memory") }
            defer {
                unsafe free(name)
                unsafe free(value)
            }
            let names: [UnsafePointer<CChar>?] = unsafe [UnsafePointer(name)]
            let values: [UnsafePointer<CChar>?] = unsafe [UnsafePointer(value)]
            try unsafe check("set an option") {
                unsafe rocksdb_set_options_cf(handle, family.handle, 1, names, values, $0)
            }
        }
    }

    /// Stops running calls of `compact` and refuses new ones, so that the database can be closed soon.
    public func stopCompactions() {
        areCompactionsStopped.store(true, ordering: .releasing)
        unsafe rocksdb_disable_manual_compaction(handle)
    }

    /// Returns the number of files in a column family's level 0; each is a sorted run that readers keep open.
    public func levelZeroFileCount(of family: ColumnFamily) -> Int {
        guard let metadata = unsafe rocksdb_get_column_family_metadata_cf(handle, family.handle) else {
            return 0
        }
        defer { unsafe rocksdb_column_family_metadata_destroy(metadata) }
        guard let level = unsafe rocksdb_column_family_metadata_get_level_metadata(metadata, 0) else {
            return 0
        }
        defer { unsafe rocksdb_level_metadata_destroy(level) }
        return unsafe Int(rocksdb_level_metadata_get_file_count(level))
    }

    /// Returns the names of a column family's files.
    public func files(of family: ColumnFamily) -> Set<String> {
        guard let metadata = unsafe rocksdb_get_column_family_metadata_cf(handle, family.handle) else {
            return []
        }
        defer { unsafe rocksdb_column_family_metadata_destroy(metadata) }
        var names: Set<String> = []
        for number in 0..<(unsafe rocksdb_column_family_metadata_get_level_count(metadata)) {
            guard
                let level = unsafe rocksdb_column_family_metadata_get_level_metadata(metadata, number)
            else { continue }
            defer { unsafe rocksdb_level_metadata_destroy(level) }
            for index in 0..<(unsafe rocksdb_level_metadata_get_file_count(level)) {
                guard let file = unsafe rocksdb_level_metadata_get_sst_file_metadata(level, index) else {
                    continue
                }
                defer { unsafe rocksdb_sst_file_metadata_destroy(file) }
                guard let name = unsafe rocksdb_sst_file_metadata_get_relative_filename(file) else {
                    continue
                }
                names.insert(unsafe String(cString: name))
                unsafe rocksdb_free(name)
            }
        }
        return names
    }
}
