import Glibc
import PlayerSessions
import Synchronization
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// A store whose runs are not compacted as fast as they come.
@Suite(.timeLimit(.minutes(15))) struct OversizedRunsTests {
    private static let bound = FileBudget(descriptors: FileBudget.range.upperBound).maximumRuns
    private static let hotSessions = 200

    /// Runs that a test counts, a compaction that goes on for as long as it likes, and what came of batches.
    private final class Crowd: Sendable {
        let runs = Atomic(0)
        let looks = Atomic(0)
        let stored = Atomic(0)
        let failed = Atomic(0)

        var backlog: RunBacklog {
            RunBacklog {
                self.looks.add(1, ordering: .sequentiallyConsistent)
                return self.runs.load(ordering: .sequentiallyConsistent)
            } isCompacting: {
                true
            }
        }

        /// Appends a memtable's sessions, each as a batch of its own.
        func appendMemtable(_ memtable: Int, to store: RocksDBStore) {
            for number in 0..<OversizedRunsTests.hotSessions {
                let batch = EventBatch([start("p\(number)", "s\(memtable)", "FI", beginning)])
                store.append(batch) { result in
                    if case .success = result {
                        self.stored.add(1, ordering: .sequentiallyConsistent)
                    } else {
                        self.failed.add(1, ordering: .sequentiallyConsistent)
                    }
                }
            }
        }

        /// Returns when so many memtables' sessions are stored.
        func waitUntilStored(_ memtables: Int) async throws {
            while count.stored < memtables * OversizedRunsTests.hotSessions {
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        var count: (stored: Int, failed: Int) {
            (stored.load(ordering: .sequentiallyConsistent), failed.load(ordering: .sequentiallyConsistent))
        }

        /// Whether a store closes before a minute is over; then there is suddenly no crowd any more.
        func closes(_ store: RocksDBStore) async throws -> Bool {
            let rescue = Task {
                try await Task.sleep(for: .seconds(60))
                self.runs.store(0, ordering: .sequentiallyConsistent)
            }
            await store.close()
            rescue.cancel()
            return runs.load(ordering: .sequentiallyConsistent) > 0
        }

        /// Returns when the flusher has looked so often again; that it does so shows that it waits.
        func waitForLooks(_ count: Int = 5) async throws {
            let begin = looks.load(ordering: .sequentiallyConsistent)
            while looks.load(ordering: .sequentiallyConsistent) < begin + count {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private let crowd = Crowd()
    private let harness = RocksDBHarness(hotSessions: hotSessions)

    /// A store with one run more than there may be.
    private func openStore() throws -> RocksDBStore {
        crowd.runs.store(OversizedRunsTests.bound + 1, ordering: .sequentiallyConsistent)
        return try harness.openStore(at: harness.directory, backlog: crowd.backlog)
    }

    /// A store whose flusher waits behind the first memtable, whose writer waits behind the second, and in whose queue
    /// the third one is.
    private func openCrowdedStore() async throws -> RocksDBStore {
        let store = try openStore()
        for memtable in 1...2 {
            crowd.appendMemtable(memtable, to: store)
            try await crowd.waitUntilStored(memtable)
        }
        crowd.appendMemtable(3, to: store)
        try await crowd.waitForLooks()
        #expect(crowd.count.stored == 2 * OversizedRunsTests.hotSessions)
        return store
    }

    @Test func `the writer waits for compactions, and goes on when they have caught up`() async throws {
        let store = try await openCrowdedStore()
        crowd.runs.store(OversizedRunsTests.bound, ordering: .sequentiallyConsistent)
        try await crowd.waitUntilStored(3)
        await store.close()
    }

    @Test func `a store that closes stores what it took, and waits for no compaction`() async throws {
        let store = try await openCrowdedStore()
        let isSoon = try await crowd.closes(store)
        #expect(isSoon)
        #expect(crowd.count == (3 * OversizedRunsTests.hotSessions, 0))
    }

    @Test func `even so there are never far too many runs while it stores`() async throws {
        let store = try await openCrowdedStore()
        crowd.runs.store(2 * OversizedRunsTests.bound + 1, ordering: .sequentiallyConsistent)
        let closing = Task { [crowd] in try await crowd.closes(store) }
        try await crowd.waitForLooks(20)
        #expect(crowd.count.stored == 2 * OversizedRunsTests.hotSessions)
        crowd.runs.store(2 * OversizedRunsTests.bound, ordering: .sequentiallyConsistent)
        let isSoon = try await closing.value
        #expect(isSoon)
        #expect(crowd.count == (3 * OversizedRunsTests.hotSessions, 0))
    }

    @Test func `a store that has nothing left to store closes whatever the runs`() async throws {
        let store = try openStore()
        crowd.appendMemtable(1, to: store)
        try await crowd.waitForLooks()
        crowd.runs.store(2 * OversizedRunsTests.bound + 1, ordering: .sequentiallyConsistent)
        let isSoon = try await crowd.closes(store)
        #expect(isSoon)
    }
}
