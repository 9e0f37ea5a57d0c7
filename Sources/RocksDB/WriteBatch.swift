internal import CRocksDB

/// Changes that are applied atomically.
@safe public struct WriteBatch: ~Copyable {
    let handle: OpaquePointer

    /// Makes an empty batch.
    public init() {
        guard let created = unsafe rocksdb_writebatch_create() else {
            preconditionFailure("rocksdb_writebatch_create returned no batch")
        }
        unsafe handle = created
    }

    /// Sets a key's value.
    public mutating func put(
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        in family: ColumnFamily
    ) {
        unsafe rocksdb_writebatch_put_cf(
            handle,
            family.handle,
            key.chars,
            key.count,
            value.chars,
            value.count
        )
    }

    /// Sets a key's value.
    public mutating func put(_ key: [UInt8], _ value: [UInt8], in family: ColumnFamily) {
        unsafe key.withUnsafeBytes { key in
            unsafe value.withUnsafeBytes { value in unsafe put(key, value, in: family) }
        }
    }

    /// Adds an operand for the column family's merge operator.
    public mutating func merge(_ key: [UInt8], _ operand: [UInt8], in family: ColumnFamily) {
        unsafe key.withUnsafeBytes { key in
            unsafe operand.withUnsafeBytes { operand in
                unsafe rocksdb_writebatch_merge_cf(
                    handle,
                    family.handle,
                    key.chars,
                    key.count,
                    operand.chars,
                    operand.count
                )
            }
        }
    }

    /// Deletes the keys from `first` up to, but not including, `end`.
    public mutating func deleteRange(from first: [UInt8], to end: [UInt8], in family: ColumnFamily) {
        unsafe first.withUnsafeBytes { first in
            unsafe end.withUnsafeBytes { end in
                unsafe rocksdb_writebatch_delete_range_cf(
                    handle,
                    family.handle,
                    first.chars,
                    first.count,
                    end.chars,
                    end.count
                )
            }
        }
    }

    /// Removes all changes.
    public mutating func clear() {
        unsafe rocksdb_writebatch_clear(handle)
    }

    deinit { unsafe rocksdb_writebatch_destroy(handle) }
}
