internal import CRocksDB
import Glibc

/// Keys to be looked up together, cheaper than one by one; reused between look-ups.
@safe public struct KeyBatch: ~Copyable {
    private var keys: [UnsafePointer<CChar>?] = unsafe []
    private var lengths: [Int] = []
    private var values: [OpaquePointer?] = unsafe []
    private var errors: [UnsafeMutablePointer<CChar>?] = unsafe []
    private let options: OpaquePointer

    /// Makes an empty batch.
    public init() {
        guard let options = unsafe rocksdb_readoptions_create() else {
            preconditionFailure("rocksdb_readoptions_create returned no options")
        }
        unsafe self.options = options
    }

    deinit { unsafe rocksdb_readoptions_destroy(options) }

    /// How many keys there are.
    public var count: Int { lengths.count }

    /// Takes all keys out.
    public mutating func removeAll() {
        unsafe keys.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
    }

    /// Adds a key, whose bytes must stay where they are until the look-up is done.
    public mutating func append(_ key: UnsafeRawBufferPointer) {
        unsafe keys.append(key.chars)
        lengths.append(key.count)
    }

    /// Looks all keys up; calls `body` with the place and the value of each that exists.
    ///
    /// The value's bytes are valid during the call. Throws the first error that a look-up met.
    public mutating func lookUp(
        in database: Database,
        _ family: ColumnFamily,
        snapshot: Snapshot? = nil,
        _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) throws(RocksDBError) {
        let count = lengths.count
        guard count > 0 else { return }
        if unsafe values.count < count {
            unsafe values = unsafe [OpaquePointer?](repeating: nil, count: count * 2)
            unsafe errors = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count * 2)
        }
        unsafe rocksdb_readoptions_set_snapshot(options, snapshot?.handle)
        unsafe rocksdb_batched_multi_get_cf(
            database.handle,
            options,
            family.handle,
            count,
            keys,
            lengths,
            &values,
            &errors,
            false
        )
        var failure: String?
        for index in 0..<count {
            if let message = unsafe errors[index] {
                failure = failure ?? (unsafe String(cString: message))
                unsafe rocksdb_free(message)
                unsafe errors[index] = nil
            }
            guard let value = unsafe values[index] else { continue }
            var length = 0
            let start = unsafe rocksdb_pinnableslice_value(value, &length)
            if failure == nil {
                unsafe body(index, UnsafeRawBufferPointer(start: start, count: length))
            }
            unsafe rocksdb_pinnableslice_destroy(value)
            unsafe values[index] = nil
        }
        if let failure { throw RocksDBError(operation: "look up", message: failure) }
    }
}
