import RocksDB

/// Reads nodes of the tree of starts from the runs, in key order.
struct StartNodeReader: ~Copyable {
    private var cursor: Cursor
    private var isPlaced = false

    /// Reads the runs as they are now.
    init(_ store: StoreDatabase) {
        cursor = Cursor(store.database, store.starts, snapshot: nil)
    }

    /// Adds what the runs hold of a node; returns whether there is such a node.
    ///
    /// Keys must rise from call to call. Seeks only if the cursor stands before the key.
    mutating func add(_ key: HotStarts.Key, to merge: inout StartNodeMerge) throws(RocksDBError) -> Bool {
        let bytes = key.bytes
        if try !isAtOrBehind(bytes) {
            OperandJoining.run { unsafe bytes.withUnsafeBytes { unsafe cursor.seek(to: $0) } }
            isPlaced = true
        }
        guard try cursor.isValid(), unsafe cursor.key.elementsEqual(bytes) else { return false }
        guard unsafe merge.add(cursor.value) else {
            throw RocksDBError(operation: "read", message: "Corruption: a stored count cannot be read")
        }
        return true
    }

    private func isAtOrBehind(_ key: [UInt8]) throws(RocksDBError) -> Bool {
        guard isPlaced else { return false }
        guard try cursor.isValid() else { return true }
        return unsafe !cursor.key.lexicographicallyPrecedes(key)
    }
}
