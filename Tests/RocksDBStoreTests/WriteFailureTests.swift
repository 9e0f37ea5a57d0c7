import Foundation
import Glibc
import Logging
import Metrics
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct WriteFailureTests {
    private typealias Answer = Result<Void, SessionStoreError>

    private static func kind(_ answer: Answer) -> SessionStoreError.Kind? {
        if case .failure(let error) = answer { error.kind } else { nil }
    }

    // What is open for reading takes no writes; the null device takes them, and cannot be synced. A memtable of
    // one session is full by the first batch: then the flusher begins behind its answer, and fails beside the writer.
    @Test(arguments: [(O_RDONLY, 1_000), (O_WRONLY, 1_000), (O_RDONLY, 1)])
    func `a journal that cannot be written, or synced, fails the store once, and every request`(
        mode: Int32,
        hotSessions: Int
    ) async throws {
        let harness = RocksDBHarness(hotSessions: hotSessions)
        let failures = Monitor<[SessionStoreError.Kind]>([])
        let store = try RocksDBStore(
            RocksDBStore.Options(
                path: harness.directory.path,
                clock: harness.clock.wallClock,
                hotSessions: hotSessions,
                onFailure: { error in failures.withLock { $0.append(error.kind) } }
            ),
            metrics: MetricsRegistry(),
            logger: .silent
        )
        let answers = Monitor([[SessionStoreError.Kind?]](repeating: [], count: 200))
        let path = harness.directory.path + "/journal/"
        await withCheckedContinuation { continuation in
            store.append(EventBatch([start("p", "s", "FI", beginning)])) { first in
                #expect(Self.kind(first) == nil)
                #expect(throws: Never.self) { try Self.breakLogs(in: path, mode) }
                for number in 0..<200 {
                    store.append(EventBatch([start("p", "s\(number)", "FI", beginning)])) { answer in
                        answers.withLock { $0[number].append(Self.kind(answer)) }
                    }
                }
                continuation.resume()
            }
        }
        await store.close()
        if hotSessions > 1 { #expect(store.unreadiness?.contains("write to the journal") == true) }
        #expect(failures.withLock { $0 } == [.failed])
        #expect(answers.withLock { $0 } == [[SessionStoreError.Kind?]](repeating: [.failed], count: 200))
        let again = try harness.openStore()
        #expect(try await again.sessionStarts(in: always) == counts(["FI": 1]))
        await again.close()
    }

    /// Puts the null device in place of each descriptor that a log is written through.
    private static func breakLogs(in directory: String, _ mode: Int32) throws {
        let null = unsafe open("/dev/null", mode | O_CLOEXEC)
        defer { close(null) }
        var broken = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // Other tests close theirs meanwhile.
            let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
            guard let file, file.hasPrefix(directory), file.hasSuffix(".journal"),
                let descriptor = Int32(name)
            else { continue }
            #expect(dup2(null, descriptor) == descriptor)
            broken += 1
        }
        #expect(broken > 0)
    }

    @Test func `what waited when the store failed is refused, not written`() throws {
        let directory = TemporaryDirectory()
        let files = try StoreFiles(path: directory.path)
        let store = try StoreDatabase(path: files.databasePath, cacheBytes: 1 << 20)
        let supply = MemtablePool { () throws(SessionStoreError) in
            try Memtable(MemtableLimits(sessions: 10), slack: 10)
        }
        let view = SharedView(
            StoreView(active: try supply.take(), flushing: nil, snapshot: Snapshot(of: store.database))
        )
        let metrics = StoreMetrics(MetricsRegistry())
        let queue = WriteQueue(maximumEvents: 10)
        let journal = try Journal(JournalContents(directory: files.journalPath, committed: 0))
        let writer = Writer(
            store: store,
            queue: queue,
            flusher: Flusher(
                store: store,
                files: files,
                journal: journal,
                view: view,
                membership: try Membership(
                    files: files,
                    store: store,
                    view: view,
                    committed: 0,
                    bounds: MembershipBounds(cacheBytes: 1 << 20),
                    logger: .silent
                ),
                supply: supply,
                metrics: metrics,
                fail: { _ in }
            ),
            view: view,
            retention: .forever,
            clock: .system,
            metrics: metrics,
            fail: { _ in }
        )
        let committer = Committer(
            journal: journal,
            queue: queue,
            writer: writer,
            view: view,
            metrics: metrics,
            fail: { _ in }
        )
        let answers = Monitor<[SessionStoreError.Kind?]>([])
        for number in 0..<3 {
            let events = EventBatch([start("p", "s\(number)", "FI", beginning)])
            let request = WriteQueue.Request(batch: PackedBatch(events, seed: 1)) { answer in
                answers.withLock { $0.append(Self.kind(answer)) }
            }
            #expect(queue.push(request) == nil)
        }
        queue.close(SessionStoreError(.failed, operation: "", reason: ""))
        let committing = try WorkerThread("journal") { committer.run() }
        writer.run()
        committer.stop()
        committing.join()
        #expect(answers.withLock { $0 } == [.failed, .failed, .failed])
        #expect(view.value.withLock { $0.active.sessions.count } == 0)
    }
}
