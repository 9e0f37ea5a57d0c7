import PlayerSessions
import RocksDB

/// Removes what is forgotten from the disk: records, index entries and starts up to a horizon.
///
/// After a crash at any point the purge starts over from the first step:
///
/// 1. The horizon is recorded durably. From here on the writer remembers nothing up to it, and removes no start there.
/// 2. The memtables are flushed: nothing up to the horizon can reach the runs later.
/// 3. The records and the index are compacted through a filter. A session of which only the end is later keeps the end.
/// 4. The tree of starts loses everything through the horizon in one synced write, which also records that the purge is
///    done. No record remains whose start it counted, so the writer's rule of step 1 ends.
///
/// Queries see no difference: what is removed had expired long before.
struct Purge {
    /// How far a purge has come.
    enum Step: CaseIterable {
        case noted
        case flushed
        case compacted
        case done
    }

    let store: StoreDatabase
    let view: SharedView
    let flusher: Flusher
    /// Flushes the memtables; returns `false` if the store is closing or has failed.
    let bringMemoryToRuns: () -> Bool
    /// Called after each step; for tests, which look at the directory or copy it.
    var onStep: (Step) -> Void = { _ in }

    /// Returns the last instant of the last UTC day that is forgotten as a whole, `nil` if there is none.
    static func horizon(of retention: Retention, at now: Timestamp) -> Int64? {
        guard let forgotten = retention.horizon(at: now)?.microseconds else { return nil }
        // The day of the first instant that is remembered stays.
        let (days, _) = (forgotten + 1).quotientAndRemainder(flooringBy: Microseconds.perDay)
        let begin = days * Microseconds.perDay
        return begin > Timestamp.earliest.microseconds ? begin - 1 : nil
    }

    /// Purges through a horizon, which must be the end of a day.
    ///
    /// Returns `false` if it was stopped and must be run again.
    func run(through horizon: Int64) throws(SessionStoreError) -> Bool {
        try note(horizon)
        onStep(.noted)
        guard bringMemoryToRuns() else { return false }
        onStep(.flushed)
        guard dropRecords(through: horizon) else { return false }
        onStep(.compacted)
        try dropStarts(through: horizon)
        onStep(.done)
        // This only frees space: no reader sees the ranges any more.
        _ = store.database.compact(store.starts)
        return true
    }

    private func note(_ horizon: Int64) throws(SessionStoreError) {
        try translate("note a purge") { () throws(RocksDBError) in
            var batch = WriteBatch()
            PurgeRecord.putBegun(horizon, &batch, store)
            try store.database.write(batch, sync: true)
            // Otherwise RocksDB would keep a log for this one record.
            try store.database.flush(store.starts, wait: true)
        }
        store.purge.forgottenThrough = horizon
    }

    private func dropRecords(through horizon: Int64) -> Bool {
        store.purge.droppedThrough = horizon
        defer { store.purge.droppedThrough = .min }
        return store.database.compact(store.records) && store.database.compact(store.index)
    }

    private func dropStarts(through horizon: Int64) throws(SessionStoreError) {
        try flusher.withoutFlush { () throws(SessionStoreError) in
            try translate("purge starts") { () throws(RocksDBError) in
                var batch = WriteBatch()
                let begin = horizon + 1
                for level in StartLevel.allCases {
                    batch.deleteRange(
                        from: HotStarts.Key(level: level, bucket: 0).bytes,
                        to: HotStarts.Key(level: level, bucket: level.bucket(of: begin)).bytes,
                        in: store.starts
                    )
                }
                try correctMonth(of: begin, &batch)
                PurgeRecord.putDone(horizon, &batch, store)
                try store.database.write(batch, sync: true)
                try store.database.flush(store.starts, wait: true)
            }
            view.replaceSnapshot(Snapshot(of: store.database))
        }
        store.purge.forgottenThrough = .min
    }

    /// Subtracts the removed days from the month that stays in part.
    private func correctMonth(of begin: Int64, _ batch: inout WriteBatch) throws(RocksDBError) {
        let month = StartLevel.month.bucket(of: begin)
        let firstDay = StartLevel.day.bucket(of: StartLevel.month.start(of: month))
        let days = firstDay..<StartLevel.day.bucket(of: begin)
        guard !days.isEmpty else { return }
        var correction = StartNode()
        var cursor = Cursor(store.database, store.starts, snapshot: nil)
        var isWhole = true
        try StartQuery.scan(&cursor, .day, ClosedRange(days)) { _, day in
            let read = day.forEach {
                correction.addTotal($0.country, -$0.delta)
            } entry: { _, country, delta in
                correction.addTotal(country, -delta)
            }
            isWhole = isWhole && read
        }
        guard isWhole else {
            throw RocksDBError(operation: "read", message: "Corruption: a stored count cannot be read")
        }
        guard correction.totals.contains(where: { $0.delta != 0 }) else { return }
        var operand: [UInt8] = []
        correction.encode(to: &operand)
        batch.merge(HotStarts.Key(level: .month, bucket: month).bytes, operand, in: store.starts)
    }
}
