import PlayerSessions
import RocksDB

/// Counts the sessions that started in a window, over the trees in memory and in the runs, in one view.
struct StartQuery {
    let store: StoreDatabase
    let view: SharedView

    /// Returns the counts of a window, which the caller must have clipped to what has not expired.
    func run(_ window: TrailingWindow) throws(SessionStoreError) -> StartCounts {
        // Memory and snapshot are taken under one lock: together they hold every start exactly once.
        var (flushing, snapshot, sum) = view.value.withLock { view in
            var sum = WindowSum()
            StartQuery.add(window, of: view.active, to: &sum)
            return (view.flushing, view.snapshot, sum)
        }
        // The immutable memtable no longer changes and needs no lock.
        if let flushing { StartQuery.add(window, of: flushing, to: &sum) }
        try translate("count starts") { () throws(RocksDBError) in
            try StartQuery.add(window, ofRuns: store, snapshot, to: &sum)
        }
        guard !sum.metDamage else {
            throw SessionStoreError(
                .failed,
                operation: "count starts",
                reason: "a stored count cannot be read",
                hint: SessionStoreError.restoreHint
            )
        }
        return sum.startCounts
    }

    private static func add(_ window: TrailingWindow, of memtable: Memtable, to sum: inout WindowSum) {
        sum.add(window) { (level, buckets, body) throws(Never) in
            memtable.starts.forEachNode(level, buckets) { body($0, .memory($1)) }
        }
    }

    /// Adds what the runs hold, in a snapshot or, without one, now; notes nodes that are expensive to read.
    static func add(
        _ window: TrailingWindow,
        ofRuns store: StoreDatabase,
        _ snapshot: Snapshot?,
        to sum: inout WindowSum
    ) throws(RocksDBError) {
        var cursor = Cursor(store.database, store.starts, snapshot: snapshot)
        try OperandJoining.run { () throws(RocksDBError) in
            try sum.add(window) { (level, buckets, body) throws(RocksDBError) in
                try StartQuery.scan(&cursor, level, buckets, body)
            }
        }
        for key in sum.expensive { store.oversizedNodes.note(key) }
    }

    static func scan(
        _ cursor: inout Cursor,
        _ level: StartLevel,
        _ buckets: ClosedRange<Int64>,
        _ body: (Int64, StartNodeView) -> Void
    ) throws(RocksDBError) {
        let first = HotStarts.Key(level: level, bucket: buckets.lowerBound).bytes
        unsafe first.withUnsafeBytes { unsafe cursor.seek(to: $0) }
        while try cursor.isValid() {
            let key = unsafe cursor.key
            guard unsafe key.first == level.rawValue,
                let bucket = unsafe UInt64(bigEndianBytes: UnsafeRawBufferPointer(rebasing: key[1...])),
                bucket <= UInt64(buckets.upperBound)
            else { return }
            unsafe body(Int64(bitPattern: bucket), .stored(cursor.value))
            // Advancing would read the next node.
            guard bucket < UInt64(buckets.upperBound) else { return }
            cursor.advance()
        }
    }
}
