internal import CRocksDB

/// Writes a sorted run outside the database, to be ingested; keys must be in rising order.
@safe public struct SSTFileWriter: ~Copyable {
    private let handle: OpaquePointer
    private let options: OpaquePointer
    private let environment: OpaquePointer
    private let retained: ColumnFamilyOptions

    /// The path of the file.
    public let path: String
    /// The number of entries written.
    public private(set) var count = 0

    /// Creates a file for a column family with these options.
    public init(path: String, for family: ColumnFamilyOptions) throws(RocksDBError) {
        guard let environment = unsafe rocksdb_envoptions_create() else {
            preconditionFailure("rocksdb_envoptions_create returned no options")
        }
        let options = unsafe family.makeHandle()
        guard let created = unsafe rocksdb_sstfilewriter_create(environment, options) else {
            preconditionFailure("rocksdb_sstfilewriter_create returned no writer")
        }
        unsafe handle = created
        unsafe self.options = options
        unsafe self.environment = environment
        retained = family
        self.path = path
        try unsafe check("create \(path)") { unsafe rocksdb_sstfilewriter_open(created, path, $0) }
    }

    deinit {
        unsafe rocksdb_sstfilewriter_destroy(handle)
        unsafe rocksdb_options_destroy(options)
        unsafe rocksdb_envoptions_destroy(environment)
    }

    /// Writes a key with its value.
    public mutating func put(
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) throws(RocksDBError) {
        count += 1
        try unsafe check("write to a run") {
            unsafe rocksdb_sstfilewriter_put(handle, key.chars, key.count, value.chars, value.count, $0)
        }
    }

    /// Writes a key with its value.
    public mutating func put(_ key: [UInt8], _ value: [UInt8]) throws(RocksDBError) {
        count += 1
        try unsafe check("write to a run") { error in
            unsafe key.withUnsafeBytes { key in
                unsafe value.withUnsafeBytes { value in
                    unsafe rocksdb_sstfilewriter_put(
                        handle,
                        key.chars,
                        key.count,
                        value.chars,
                        value.count,
                        error
                    )
                }
            }
        }
    }

    /// Writes an operand for the column family's merge operator.
    public mutating func merge(_ key: [UInt8], _ operand: [UInt8]) throws(RocksDBError) {
        count += 1
        try unsafe check("write to a run") { error in
            unsafe key.withUnsafeBytes { key in
                unsafe operand.withUnsafeBytes { operand in
                    unsafe rocksdb_sstfilewriter_merge(
                        handle,
                        key.chars,
                        key.count,
                        operand.chars,
                        operand.count,
                        error
                    )
                }
            }
        }
    }

    /// Writes the deletion of a key.
    public mutating func delete(_ key: UnsafeRawBufferPointer) throws(RocksDBError) {
        count += 1
        try unsafe check("write to a run") {
            unsafe rocksdb_sstfilewriter_delete(handle, key.chars, key.count, $0)
        }
    }

    /// Completes and syncs the file; at least one entry must have been written.
    public mutating func finish() throws(RocksDBError) {
        try unsafe check("finish \(path)") { unsafe rocksdb_sstfilewriter_finish(handle, $0) }
    }
}
