internal import CRocksDB

extension Database {
    /// Merges all files of a column family into one run, through its filter; blocks until that is done.
    ///
    /// Says whether every file that there was has been rewritten: not so where it was stopped, or where the
    /// disk had no room. RocksDB's C interface gives no result of its own.
    public func compact(_ family: ColumnFamily) -> Bool {
        let errors = property("rocksdb.background-errors", of: family)
        let before = files(of: family)
        unsafe rocksdb_compact_range_cf(handle, family.handle, nil, 0, nil, 0)
        return before.isDisjoint(with: files(of: family))
            && errors == property("rocksdb.background-errors", of: family)
    }

    /// Stops the calls of `compact` that are under way and refuses more, so that the database can be closed soon.
    public func stopCompactions() {
        unsafe rocksdb_disable_manual_compaction(handle)
    }

    /// How many files wait in a column family's first level, each of them a sorted run that readers keep open.
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

    /// The names of a column family's files.
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
