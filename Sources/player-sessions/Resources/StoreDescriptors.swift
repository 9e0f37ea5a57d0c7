import Configuration
import PlayerSessions
import RocksDBStore

/// How many files the embedded stores of a command may have open.
enum StoreDescriptors {
    /// Returns how many files each of the stores that a command opens at the same time may have open.
    ///
    /// Call it before opening the first one. Half is left to whatever else the command reads and writes, or to the
    /// second store of a copy.
    ///
    /// - Throws: An error that names the limit, if there are too few files for all of them.
    static func share(among stores: [Configuration]) throws(SessionStoreError) -> Int {
        let count = stores.count { if case .rocksdb = $0.store { true } else { false } }
        guard count > 0 else { return 0 }
        let files = ProcessLimits.openFiles
        let left = files.limit - files.open - DescriptorBudget.base
        let least = count * RocksDBStore.descriptors.lowerBound
        guard left >= least else {
            throw SessionStoreError(
                .unusable,
                operation: count == 1 ? "open a store" : "open \(count) stores",
                reason: "the process may have \(files.limit) files open and needs "
                    + "\(files.open + DescriptorBudget.base + least) at least",
                hint: "raise ulimit -n"
            )
        }
        return left / max(2, count)
    }
}
