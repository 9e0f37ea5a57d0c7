import Foundation
import Glibc
import Metrics
import PlayerSessions
import RocksDB
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct MembershipTests {
    private static let sessions = 3_000

    private static func events(_ numbers: Range<Int>) -> EventBatch {
        EventBatch(numbers.map { start("p\($0 % 50)", "s\($0)", "FI", beginning) })
    }

    /// A directory whose store has brought its sessions to the runs, by many flushes.
    private static func filled() async throws -> (RocksDBHarness, RocksDBStore) {
        let harness = RocksDBHarness(hotSessions: 100)
        let store = try RocksDBStore(at: harness.directory, hotSessions: 100, clock: harness.clock)
        for first in stride(from: 0, to: sessions, by: 50) {
            try await store.append(events(first..<first + 50))
        }
        store.flush()
        return (harness, store)
    }

    private static func keys(_ directory: TemporaryDirectory) -> String { directory.path + "/filter/keys" }

    @Test func `the filter grows with the store, knows its sessions and hardly any others`() async throws {
        let (_, store) = try await MembershipTests.filled()
        store.settleMembership()
        #expect(try store.unknownSessions() == 0)
        let filter = try #require(store.membership?.state.withLock { $0.filter })
        #expect(filter.capacity >= MembershipTests.sessions / 2)
        let others = (0..<20_000).count { number in
            unsafe packed(Array("other \(number)".utf8)).withUnsafeBytes {
                unsafe filter.mayContain(filter.hash($0))
            }
        }
        #expect(others < 4_000, "\(others)")
        await store.close()
    }

    @Test func `sessions that the runs do not hold are not asked for`() async throws {
        let metrics = MetricsRegistry()
        let harness = RocksDBHarness(hotSessions: 100)
        let store = try RocksDBStore(
            at: harness.directory,
            hotSessions: 100_000,
            clock: harness.clock,
            metrics: metrics
        )
        try await store.append(MembershipTests.events(0..<500))
        store.flush()
        store.settleMembership()
        func lookups(_ result: String) -> Int {
            let name = "player_sessions_store_lookups_total{result=\"\(result)\"} "
            return String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").first {
                $0.hasPrefix(name)
            }
            .flatMap { Int($0.dropFirst(name.count)) } ?? -1
        }
        // Nothing is in the runs of a new store.
        #expect(lookups("denied") + lookups("missed") + lookups("found") == 0)
        try await store.append(MembershipTests.events(0..<1_500))
        #expect(lookups("found") == 500)
        #expect(lookups("denied") > 900 && lookups("denied") + lookups("missed") == 1_000)
        #expect(try await store.sessionStarts(in: always) == counts(["FI": 1_500]))
        await store.close()
    }

    @Test func `after a restart the filter comes from its log`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        store.settleMembership()
        // Killed, and closed.
        let copy = try harness.directory.copy()
        await store.close()
        for directory in [copy, harness.directory] {
            let before = try Data(contentsOf: URL(fileURLWithPath: MembershipTests.keys(directory)))
            let again = try RocksDBStore(at: directory, hotSessions: 100, clock: harness.clock)
            again.settleMembership()
            #expect(try again.unknownSessions() == 0)
            #expect(again.membership?.state.withLock { $0.rebuiltEntries } == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: MembershipTests.keys(directory))) == before)
            await again.close()
        }
    }

    @Test func `a filter that lacks a flush is not shown, nor one of a log that was given up`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        store.settleMembership()
        try MembershipTests.tryToShowOthers(store, harness.directory)
        await store.close()
    }

    /// Closing waits for whoever has a part of the store, so this is a function of its own.
    private static func tryToShowOthers(_ store: RocksDBStore, _ directory: TemporaryDirectory) throws {
        let membership = try #require(store.membership)
        let log = try #require(membership.state.withLock { $0.log })
        let shown = membership.state.withLock { $0.filter }
        let other = try membership.makeFilter(sessions: 0)
        // A flush came after the look at the log's end.
        #expect(membership.end(of: log, publishing: other, at: log.length - 8) == log.length)
        #expect(membership.state.withLock { $0.filter } === shown)
        let former = try MembershipLog.create(directory.path + "/former", seed: 1, salt: 1)
        #expect(membership.end(of: former, publishing: other, at: former.length) == nil)
        #expect(membership.state.withLock { $0.filter } === shown)
    }

    @Test func `what is flushed while another log is made is in that log`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        store.settleMembership()
        try MembershipTests.rebuild(store)
        store.settleMembership()
        #expect(store.membership?.state.withLock { $0.rebuiltEntries } ?? 0 > MembershipTests.sessions)
        #expect(try store.unknownSessions() == 0)
        await store.close()
        let again = try RocksDBStore(at: harness.directory, hotSessions: 100, clock: harness.clock)
        again.settleMembership()
        #expect(try again.unknownSessions() == 0)
        #expect(again.membership?.state.withLock { $0.rebuiltEntries } == 0)
        await again.close()
    }

    /// Makes another log, and flushes after all was read for it.
    private static func rebuild(_ store: RocksDBStore) throws {
        let membership = try #require(store.membership)
        let flusher = try #require(store.opened(\.flusher))
        var calls = 0
        // Once for the snapshot; in between everything is read; once to put the log in its place.
        membership.perform(.rebuild) { body throws(SessionStoreError) in
            calls += 1
            if calls == 2 {
                let isStored = Monitor(false)
                store.append(MembershipTests.events(7_000..<7_090)) { _ in
                    isStored.withLock(notify: true) { $0 = true }
                }
                let isFlushed: Bool = isStored.wait { $0 ? store.flush() : nil }
                #expect(isFlushed)
            }
            try flusher.withoutFlush(body)
        }
        #expect(calls == 2)
    }

    /// What may become of a log; each but the last makes it another one than that of the runs.
    enum Harm: CaseIterable {
        case lost, cut, emptied, flipped, zeroed, foreign, linked, former, lengthened

        func apply(to path: String, former: String) throws {
            let url = URL(fileURLWithPath: path)
            var data = try Data(contentsOf: url)
            switch self {
            case .lost: return try FileManager.default.removeItem(at: url)
            case .cut: data.removeLast(8)
            case .emptied: data = Data()
            case .flipped: data[data.count / 2] ^= 16
            case .zeroed: data.resetBytes(in: 4_096..<8_192)
            case .foreign:
                let other = try MembershipLog.create(path, seed: 1, salt: 2)
                try other.append([UInt64](repeating: 7, count: data.count / 8))
                return
            case .linked:
                try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
                return try FileManager.default.createSymbolicLink(
                    atPath: path,
                    withDestinationPath: "keys.moved"
                )
            case .former: data = try Data(contentsOf: URL(fileURLWithPath: former))
            case .lengthened: data.append(contentsOf: [1, 2, 3])
            }
            try data.write(to: url)
        }
    }

    @Test(arguments: Harm.allCases)
    func `a log that is not that of the runs is found out and made anew`(_ harm: Harm) async throws {
        let (harness, store) = try await MembershipTests.filled()
        let former = try harness.directory.copy()
        try await store.append(MembershipTests.events(5_000..<5_090))
        store.flush()
        await store.close()
        try harm.apply(to: MembershipTests.keys(harness.directory), former: MembershipTests.keys(former))
        for round in 0..<2 {
            let again = try RocksDBStore(at: harness.directory, hotSessions: 100, clock: harness.clock)
            // Sent again at once, while look-ups still go to the runs, and later.
            try await again.append(MembershipTests.events(0..<200))
            again.settleMembership()
            try await again.append(MembershipTests.events(0..<MembershipTests.sessions))
            #expect(
                try await again.sessionStarts(in: always) == counts(["FI": MembershipTests.sessions + 90])
            )
            #expect(try again.unknownSessions() == 0, "round \(round)")
            let rebuilt = try #require(again.membership?.state.withLock { $0.rebuiltEntries })
            #expect(
                (rebuilt >= MembershipTests.sessions) == (harm != .lengthened && round == 0),
                "round \(round)"
            )
            again.settleMembership()
            await again.close()
        }
    }

    @Test func `runs that came without their mark are noticed`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        // As by a program that knows no filter: the log and the mark stay as they are.
        store.membership?.state.withLock { state in
            state.log = nil
            state.filter = nil
            state.job = nil
            state.isGivenUp = true
        }
        try await store.append(MembershipTests.events(5_000..<5_090))
        store.flush()
        await store.close()
        let again = try RocksDBStore(at: harness.directory, hotSessions: 100, clock: harness.clock)
        again.settleMembership()
        #expect(try again.unknownSessions() == 0)
        #expect(again.membership?.state.withLock { $0.rebuiltEntries } ?? 0 > MembershipTests.sessions)
        await again.close()
    }

    @Test func `a log that cannot be written is given up, and made again some flushes later`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        store.settleMembership()
        let full = unsafe open("/dev/full", O_RDWR | O_CLOEXEC)
        defer { close(full) }
        let descriptor = try #require(store.membership?.state.withLock { $0.log?.descriptor })
        #expect(dup2(full, descriptor) == descriptor)
        for round in 0..<MembershipBounds.small.patience + 2 {
            try await store.append(MembershipTests.events(4_000 + 50 * round..<4_050 + 50 * round))
            store.flush()
            #expect(store.unreadiness == nil)
            #expect(try store.unknownSessions() == 0, "round \(round)")
        }
        store.settleMembership()
        #expect(store.membership?.state.withLock { $0.log != nil && $0.rebuiltEntries > 3_000 } == true)
        #expect(try store.unknownSessions() == 0)
        await store.close()
        _ = harness
    }

    @Test func `more sessions than its memory allows end the filter, and nothing else`() async throws {
        let harness = RocksDBHarness(hotSessions: 100)
        var bounds = MembershipBounds.small
        bounds.maximumBytes = 1_000
        for _ in 0..<2 {
            let store = try RocksDBStore(
                at: harness.directory,
                hotSessions: 100,
                clock: harness.clock,
                bounds: bounds
            )
            for first in stride(from: 0, to: 2_000, by: 50) {
                try await store.append(MembershipTests.events(first..<first + 50))
            }
            store.settleMembership()
            #expect(try store.unknownSessions() == nil)
            #expect(store.membership?.bytes == 0)
            #expect(!FileManager.default.fileExists(atPath: MembershipTests.keys(harness.directory)))
            #expect(try await store.sessionStarts(in: always) == counts(["FI": 2_000]))
            await store.close()
        }
    }

    @Test func `a log of the same sessions over and over is made anew from the runs`() async throws {
        let (harness, store) = try await MembershipTests.filled()
        for round in 1...4 {
            for first in stride(from: 0, to: MembershipTests.sessions, by: 50) {
                let ends = (first..<first + 50).map { end("p\($0 % 50)", "s\($0)", beginning + Int64(round)) }
                try await store.append(EventBatch(ends))
            }
            store.settleMembership()
            #expect(try store.unknownSessions() == 0)
        }
        // Each session came to the runs five times, and RocksDB's estimate counts what is not merged yet.
        let entries = try #require(store.membership?.state.withLock { $0.log?.entries })
        #expect(entries < 4 * MembershipTests.sessions, "\(entries)")
        await store.close()
        _ = harness
    }
}
