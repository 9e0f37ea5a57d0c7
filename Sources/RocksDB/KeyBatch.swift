internal import CRocksDB
import Glibc

/// Keys to look up together, which is cheaper than one by one; its memory is reused by the next lookup.
@safe public struct KeyBatch: ~Copyable {
    private var bytes: UnsafeMutablePointer<CChar>
    private var capacity = 1 << 12
    private var used = 0
    private var lengths: [Int] = []
    private var pointers: [UnsafePointer<CChar>?] = unsafe []
    private var values: [OpaquePointer?] = unsafe []
    private var errors: [UnsafeMutablePointer<CChar>?] = unsafe []
    private let options: OpaquePointer

    /// Makes an empty batch.
    public init() {
        guard let options = unsafe rocksdb_readoptions_create() else {
            preconditionFailure("rocksdb_readoptions_create returned no options")
        }
        unsafe self.options = options
        unsafe bytes = .allocate(capacity: capacity)
    }

    deinit {
        unsafe rocksdb_readoptions_destroy(options)
        unsafe bytes.deallocate()
    }

    /// The number of keys.
    public var count: Int { lengths.count }

    /// Removes all keys.
    public mutating func removeAll() {
        lengths.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Appends a copy of a key.
    public mutating func append(_ key: UnsafeRawBufferPointer) {
        while capacity - used < key.count {
            let larger = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * 2)
            unsafe larger.update(from: bytes, count: used)
            unsafe bytes.deallocate()
            unsafe bytes = larger
            capacity *= 2
        }
        if let start = unsafe key.chars { unsafe (bytes + used).update(from: start, count: key.count) }
        used += key.count
        lengths.append(key.count)
    }

    /// Looks up all keys; calls `body` with the index and the value of each that exists.
    ///
    /// The value's bytes are valid during the call. Throws the first error of any lookup.
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
        unsafe pointers.removeAll(keepingCapacity: true)
        var offset = 0
        for length in lengths {
            unsafe pointers.append(bytes + offset)
            offset += length
        }
        unsafe rocksdb_readoptions_set_snapshot(options, snapshot?.handle)
        unsafe rocksdb_batched_multi_get_cf(
            database.handle,
            options,
            family.handle,
            count,
            pointers,
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
            if failure == nil { unsafe body(index, UnsafeRawBufferPointer(start: start, count: length)) }
            unsafe rocksdb_pinnableslice_destroy(value)
            unsafe values[index] = nil
        }
        if let failure { throw RocksDBError(operation: "look up", message: failure) }
    }
}
