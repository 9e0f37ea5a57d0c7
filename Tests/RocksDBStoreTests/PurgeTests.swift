import Foundation
import PlayerSessions
import RocksDB
import Synchronization
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

private let tenDays = Retention(days: 10)

@Suite struct PurgeTests {
    @Test(
        arguments: [
            ("2016-12-22T00:00:00Z", "2016-12-01T23:59:59.999999Z"),
            ("2016-12-22T23:59:59.999998Z", "2016-12-01T23:59:59.999999Z"),
            // The last microsecond of a day is forgotten, and with it the whole day.
            ("2016-12-22T23:59:59.999999Z", "2016-12-02T23:59:59.999999Z"),
            ("1970-01-22T00:00:00Z", "1970-01-01T23:59:59.999999Z"),
            ("1970-01-21T12:00:00Z", nil),
            ("1970-01-10T12:00:00Z", nil),
        ]
    )
    func `the horizon is the end of the last day that is forgotten`(_ now: String, _ horizon: String?) {
        let found = Purge.horizon(of: tenDays, at: instant(now)).map(Timestamp.init(microseconds:))
        #expect(found == horizon.map(instant))
        #expect(Purge.horizon(of: .forever, at: instant(now)) == nil)
    }

    @Test func `a purge is due once a day, or once in an eighth of the retention`() {
        #expect(Sweeper.minimumAdvance(of: Retention(days: 1)) == day)
        #expect(Sweeper.minimumAdvance(of: Retention(days: 8)) == day)
        #expect(Sweeper.minimumAdvance(of: Retention(days: 400)) == 50 * day)
    }

    @Test func `a session leaves the disk by and by: start, end, entry and count`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore(retention: tenDays)
        let first = harness.clock.now
        try await store.append(
            EventBatch([
                start("p", "short", "FI", first), end("p", "short", first + 1),
                start("p", "long", "FI", first), end("p", "long", first + 5 * day),
                start("p", "young", "US", first + 5 * day), end("q", "endless", first + 5 * day),
            ])
        )
        _ = try store.sweep()
        harness.clock.set(first + 21 * day)
        #expect(try store.sweep())
        #expect(try store.sweep() == false, "nothing is due twice")
        let inspection = try store.inspection(through: first.microseconds)
        #expect(inspection.leftovers == [])
        #expect(inspection.wrongMonths == [])
        // The long session's end and its entry, the endless one's end, and all of the young one's.
        #expect(try store.inspection(through: .max - 1).leftovers.count > 3)
        // Past the end of the month, whose node stays while a day of it does.
        harness.clock.set(first + 60 * day)
        #expect(try store.sweep())
        #expect(try store.inspection(through: .max - 1).leftovers == [])
        await store.close()
    }

    @Test(arguments: [UInt64](1...3))
    func `random histories with purges agree with the model, and so do copies from amid a purge`(
        _ seed: UInt64
    ) async throws {
        let harness = RocksDBHarness(hotSessions: seed % 2 == 0 ? 30 : 100_000)
        var history = PurgeHistory(seed: seed, now: harness.clock.now)
        var store = try harness.openStore(retention: tenDays)
        for step in 0..<16 {
            let context = Comment(rawValue: "seed \(seed), step \(step)")
            let now = harness.clock.now
            for batch in history.news(at: now) { try await store.append(batch) }
            if history.random.once(in: 3) {
                let copies = Mutex<[TemporaryDirectory]>([])
                let directory = harness.directory
                let purged = try store.sweep { _ in
                    let copy = Result { try directory.copy() }
                    #expect(throws: Never.self) { try copy.get() }
                    if let copy = try? copy.get() { copies.withLock { $0.append(copy) } }
                }
                try await history.expectAgreement(of: store, context)
                if purged, let horizon = Purge.horizon(of: tenDays, at: now) {
                    let inspection = try store.inspection(through: horizon)
                    #expect(inspection.leftovers == [], context)
                    #expect(inspection.wrongMonths == [], context)
                    let copies = copies.withLock { $0 }
                    #expect(copies.count == Purge.Step.allCases.count, context)
                    for copy in copies { try await history.tryCopy(copy, harness, horizon, context) }
                }
            }
            if history.random.once(in: 6) {
                await store.close()
                store = try harness.openStore(retention: tenDays)
            }
            harness.clock.advance(microseconds: Int64.random(in: 0...(4 * day), using: &history.random))
            history.now = harness.clock.now
            try await history.expectAgreement(of: store, context)
        }
        await store.close()
    }

    @Test func `sessions that begin anew while a purge runs are counted once`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore(retention: tenDays)
        let first = harness.clock.now
        var model = Model(retention: tenDays)
        let old = EventBatch(
            (0..<20).flatMap { number in
                [start("p", "s\(number)", "FI", first), end("p", "s\(number)", first + 12 * day)]
            }
        )
        try await store.append(old)
        model.apply(old, now: first)
        store.flush()
        harness.clock.set(first + 21 * day)
        let number = Mutex(0)
        let told = Mutex<[EventBatch]>([])
        let purged = try store.sweep { _ in
            let name = number.withLock { number in
                defer { number += 1 }
                return "s\(number)"
            }
            let batch = EventBatch([
                start("p", name, "US", first + 15 * day), start("q", name, "SE", first),
            ])
            told.withLock { $0.append(batch) }
            let isStored = DispatchSemaphore(value: 0)
            store.append(batch) { _ in isStored.signal() }
            isStored.wait()
        }
        #expect(purged)
        for batch in told.withLock({ $0 }) { model.apply(batch, now: harness.clock.now) }
        for _ in 0..<2 {
            #expect(
                try await store.sessionStarts(in: always) == model.counts(in: always, now: harness.clock.now)
            )
            #expect(
                try await store.completeSessions(of: id("p"), limit: 100)
                    == model.latestSessions(of: id("p"), limit: 100, now: harness.clock.now)
            )
            store.flush()
        }
        let horizon = try #require(Purge.horizon(of: tenDays, at: harness.clock.now))
        let inspection = try store.inspection(through: horizon)
        #expect(inspection.leftovers == [])
        #expect(inspection.wrongMonths == [])
        await store.close()
    }

    @Test func `a clock that goes back during a purge brings nothing back in part`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore(retention: tenDays)
        let first = harness.clock.now
        try await store.append(EventBatch([start("p", "s", "FI", first), end("p", "s", first + day)]))
        harness.clock.set(first + 21 * day)
        _ = try store.sweep { step in
            guard step == .noted || step == .compacted else { return }
            harness.clock.set(first)
            let isStored = DispatchSemaphore(value: 0)
            store.append(EventBatch([start("p", "s", "FI", first - 1), start("p", "t", "FI", first)])) { _ in
                isStored.signal()
            }
            isStored.wait()
        }
        #expect(try await store.sessionStarts(in: always) == [:])
        // What comes after the purge is as new.
        try await store.append(EventBatch([start("p", "s", "FI", first - 1)]))
        #expect(try await store.sessionStarts(in: always) == counts(["FI": 1]))
        await store.close()
    }

    @Test func `queries during a purge see neither more nor less`() async throws {
        let harness = RocksDBHarness(hotSessions: 500)
        let store = try harness.openStore(retention: tenDays)
        let first = harness.clock.now
        for age in 0..<30 {
            harness.clock.set(first + Int64(age) * day)
            try await store.append(
                EventBatch(
                    (0..<40).flatMap { number in
                        let begin = first + Int64(age) * day - Int64(number)
                        return [
                            start("p\(number % 3)", "s\(age)-\(number)", "FI", begin),
                            end("p\(number % 3)", "s\(age)-\(number)", begin + hour),
                        ]
                    }
                )
            )
        }
        let right = try await store.sessionStarts(in: always)
        let top = try await store.completeSessions(of: id("p1"), limit: 100)
        #expect(right == counts(["FI": 400]) && top.count == 100)
        let isDone = Monitor(false)
        let queries = Task {
            var wrong = 0
            while !isDone.withLock({ $0 }) {
                if try await store.sessionStarts(in: always) != right { wrong += 1 }
                if try await store.completeSessions(of: id("p1"), limit: 100) != top { wrong += 1 }
            }
            return wrong
        }
        #expect(try await onThread { try store.sweep() })
        isDone.withLock { $0 = true }
        #expect(try await queries.value == 0)
        await store.close()
    }

    @Test func `a store purges by itself`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let first = harness.clock.now
        let store = try harness.openStore(
            at: harness.directory,
            retention: tenDays,
            sweeps: Sweeper.Schedule(firstDelay: 0, delay: 1)
        )
        try await store.append(EventBatch([start("p", "s", "FI", first), end("p", "s", first + 1)]))
        harness.clock.set(first + 21 * day)
        let horizon = try #require(Purge.horizon(of: tenDays, at: harness.clock.now))
        var looks = 0
        while looks < 12_000, try store.inspection(through: horizon).leftovers != [] {
            looks += 1
            usleep(10_000)
        }
        #expect(try store.inspection(through: horizon).leftovers == [])
        await store.close()
    }

    @Test func `a whole compaction is found whole while files keep coming`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        let isDone = Monitor(false)
        let arrivals = Task {
            var number = 0
            while !isDone.withLock({ $0 }) {
                number += 1
                let instant = beginning + Int64(number)
                try await store.append(
                    EventBatch([start("p", "s\(number)", "FI", instant), end("p", "s\(number)", instant + 1)])
                )
                store.flush()
            }
        }
        let failures = try await onThread {
            try (0..<100).count { _ in
                try store.inspect { !$0.database.compact($0.records) || !$0.database.compact($0.index) }
                    ?? true
            }
        }
        isDone.withLock { $0 = true }
        try await arrivals.value
        #expect(failures == 0)
        await store.close()
    }

    @Test func `closing stops a purge, and the next start brings it to its end`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore(retention: tenDays)
        let first = harness.clock.now
        try await store.append(EventBatch([start("p", "s", "FI", first), end("p", "s", first + 1)]))
        store.flush()
        harness.clock.set(first + 21 * day)
        let purged = try await onThread {
            try store.sweep { step in
                guard step == .noted else { return }
                Task { await store.close() }
                while store.unreadiness == nil { usleep(1_000) }
            }
        }
        #expect(!purged)
        await store.close()
        // With a retention that would remember it all, the purge ends before anything can come in.
        let again = try harness.openStore(retention: .forever)
        #expect(try again.inspection(through: first.microseconds).leftovers == [])
        try await again.append(EventBatch([start("p", "s", "FI", first)]))
        try await again.append(EventBatch([start("p", "s", "FI", first)]))
        #expect(try await again.sessionStarts(in: always) == counts(["FI": 1]))
        await again.close()
    }
}
