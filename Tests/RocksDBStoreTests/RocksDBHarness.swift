import Foundation
import Logging
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization

@testable import RocksDBStore

/// The moment at which every case begins; late enough for the windows of all of them.
let beginning = Timestamp(microseconds: 1_480_683_600_123_456)

/// A directory that is deleted with its last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/player-sessions-\(UUID().uuidString)"
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Opens stores in a directory of its own.
final class RocksDBHarness: StoreHarness {
    let clock = ManualClock(beginning)
    let directory = TemporaryDirectory()
    private let hotSessions: Int
    private let current = Mutex<RocksDBStore?>(nil)

    /// A small `hotSessions` sends most of a history to the runs while it is still going on.
    init(hotSessions: Int) {
        self.hotSessions = hotSessions
    }

    func open(retention: Retention) async throws -> any SessionStore {
        let store = try openStore(retention: retention)
        current.withLock { $0 = store }
        return store
    }

    func openStore(retention: Retention = .forever) throws -> RocksDBStore {
        try RocksDBStore(
            RocksDBStore.Options(
                path: directory.path,
                retention: retention,
                clock: clock.wallClock,
                hotSessions: hotSessions,
                blockCacheBytes: 8 << 20
            ),
            metrics: MetricsRegistry(),
            logger: .silent
        )
    }

    func settle() async throws {
        let store = current.withLock { $0 }
        store?.flush()

        _ = try store?.sweep()
    }
}
