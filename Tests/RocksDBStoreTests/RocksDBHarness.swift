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

    /// A copy of the directory as it is, as if its process had died; nothing may be written meanwhile.
    ///
    /// RocksDB deletes files in the background: a copy that met that is made again.
    func copy() throws -> TemporaryDirectory {
        var attempts = 0
        while true {
            let other = TemporaryDirectory()
            let before = FileManager.default.subpaths(atPath: path)
            let isCopied = (try? FileManager.default.copyItem(atPath: path, toPath: other.path)) != nil
            if isCopied, FileManager.default.subpaths(atPath: path) == before { return other }
            attempts += 1
            if attempts == 100 { throw CocoaError(.fileReadUnknown) }
            usleep(10_000)
        }
    }

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
        try openStore(at: directory, retention: retention)
    }

    /// Opens a store in another directory, such as a copy of the harness's own.
    func openStore(
        at directory: TemporaryDirectory,
        retention: Retention = .forever,
        hotSessions: Int? = nil,
        maximumQueuedEvents: Int = 200_000,
        sweeps: Sweeper.Schedule = .never,
        backlog: RunBacklog? = nil
    ) throws -> RocksDBStore {
        var options = RocksDBStore.Options(
            path: directory.path,
            retention: retention,
            clock: clock.wallClock,
            hotSessions: hotSessions ?? self.hotSessions,
            blockCacheBytes: 8 << 20,
            maximumQueuedEvents: maximumQueuedEvents
        )
        // A purge of the store's own would leave nothing for the one that a slow test asks for.
        options.sweeps = sweeps
        options.steadyClock = SteadyClock { [clock] in clock.elapsedMicroseconds }
        options.backlog = backlog
        return try RocksDBStore(options, metrics: MetricsRegistry(), logger: .silent)
    }

    func settle() async throws {
        let store = current.withLock { $0 }
        store?.flush()

        _ = try store?.sweep()
    }
}

/// Runs what blocks on a thread of its own: the few that tasks share must stay free for what it waits for.
func onThread<Success: Sendable>(
    _ body: @escaping @Sendable () throws -> Success
) async throws -> Success {
    try await withCheckedThrowingContinuation { continuation in
        do {
            _ = try WorkerThread("test") { continuation.resume(with: Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
