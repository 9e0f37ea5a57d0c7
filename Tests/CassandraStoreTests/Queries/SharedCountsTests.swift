import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct SharedCountsTests {
    /// Counts that end when a test lets them, each with its number as the answer.
    private final class Gate: Sendable {
        private let state = Mutex<(begun: [Range<Int64>], waiting: [CheckedContinuation<Void, Never>])>(
            ([], [])
        )

        var begun: [Range<Int64>] { state.withLock(\.begun) }

        func count(_ window: Range<Int64>) async throws(ClusterError) -> StartTotals {
            let number = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
                let number = state.withLock { state in
                    state.begun.append(window)
                    return state.begun.count
                }
                continuation.resume(returning: number)
            }
            await withCheckedContinuation { continuation in state.withLock { $0.waiting.append(continuation) }
            }
            var totals = StartTotals()
            totals.add(CountryCode(ordinal: 0), number)
            return totals
        }

        func open() {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            waiting.forEach { $0.resume() }
        }

        var waitingCount: Int { state.withLock { $0.waiting.count } }
    }

    private func until(_ isMet: () -> Bool) async { while !isMet() { await Task.yield() } }

    private func number(_ totals: StartTotals) -> Int? { totals.counts[CountryCode(ordinal: 0)] }

    @Test(.endsSomeTime)
    func `whoever asks while a count runs waits for the next, which answers all of them`() async throws {
        let gate = Gate()
        let counts = SharedCounts { window throws(ClusterError) in try await gate.count(window) }
        async let first = counts.run(0..<10)
        await until { gate.waitingCount == 1 }
        let others = (0..<5).map { _ in Task { try await counts.run(0..<10) } }
        // They have all asked before the first one ends, as far as a test can see.
        for _ in 0..<1_000 { await Task.yield() }
        #expect(gate.begun.count == 1)
        gate.open()
        #expect(number(try await first) == 1)
        await until { gate.waitingCount == 1 }
        gate.open()
        for other in others { #expect(number(try await other.value) == 2) }
        #expect(gate.begun.count == 2)
        async let later = counts.run(0..<10)
        await until { gate.waitingCount == 1 }
        gate.open()
        #expect(number(try await later) == 3)
    }

    @Test(.endsSomeTime) func `one whose time is over takes nobody else's count with it`() async throws {
        let gate = Gate()
        let counts = SharedCounts { window throws(ClusterError) in
            let totals = try await gate.count(window)
            if Task.isCancelled { throw ClusterError(outcome: .notApplied, reason: "ended") }
            return totals
        }
        let first = Task { try await counts.run(0..<10) }
        await until { gate.waitingCount == 1 }
        let others = (0..<3).map { _ in Task { try await counts.run(0..<10) } }
        for _ in 0..<1_000 { await Task.yield() }
        gate.open()
        #expect(number(try await first.value) == 1)
        await until { gate.waitingCount == 1 }
        // Whoever of them runs the count for all is ended; another runs it.
        for other in others.dropLast() { other.cancel() }
        let opener = Task {
            while !Task.isCancelled {
                gate.open()
                await Task.yield()
            }
        }
        let last = try #require(others.last)
        #expect(try await last.value.counts.count == 1)
        for other in others.dropLast() { _ = try? await other.value }
        opener.cancel()
    }

    @Test(.endsSomeTime) func `counts of other windows run beside each other`() async throws {
        let gate = Gate()
        let counts = SharedCounts { window throws(ClusterError) in try await gate.count(window) }
        async let one = counts.run(0..<10)
        async let other = counts.run(0..<11)
        await until { gate.waitingCount == 2 }
        gate.open()
        #expect(Set([number(try await one), number(try await other)]) == [1, 2])
    }
}

@Suite struct QueryTimeTests {
    private static let window = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)

    /// The machine's time, but for pauses, which end when a test lets them.
    private final class Pauses: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
        let asked = Mutex<[Int64]>([])

        func sleep(_ nanoseconds: Int64) async {
            asked.withLock { $0.append(nanoseconds) }
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }

        func end() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            all.forEach { $0.resume() }
        }
    }

    private func queryTime(_ pauses: Pauses) -> QueryTime {
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.sleep = { await pauses.sleep($0) }
        return QueryTime(surroundings: surroundings)
    }

    @Test(.endsSomeTime) func `a query that is not answered is an error after 30 seconds, and ends`()
        async throws
    {
        let pauses = Pauses()
        let hanging = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let wasCancelled = Atomic(false)
        let time = queryTime(pauses)
        let query = Task {
            await Result { () async throws(ClusterError) in
                try await time.run { () async throws(ClusterError) -> Int in
                    await withCheckedContinuation { continuation in hanging.withLock { $0 = continuation } }
                    wasCancelled.store(Task.isCancelled, ordering: .relaxed)
                    return 1
                }
            }
        }
        while pauses.asked.withLock(\.isEmpty) || hanging.withLock({ $0 == nil }) { await Task.yield() }
        #expect(pauses.asked.withLock { $0 } == [30_000_000_000])
        pauses.end()
        guard case .failure(let error) = await query.value else {
            Issue.record("an answer")
            return
        }
        #expect(error.isTransient)
        #expect(error.reason.contains("within 30 s"))
        hanging.withLock { $0?.resume() }
        while !wasCancelled.load(ordering: .relaxed) { await Task.yield() }
    }

    @Test func `an answer in time is the answer, and so is an error`() async throws {
        let time = QueryTime(surroundings: .system(wallClock: .system))
        #expect(try await time.run { () async throws(ClusterError) in 7 } == 7)
        let failure = ClusterError(outcome: .notApplied, reason: "no", isTransient: false)
        await #expect(throws: failure) {
            try await time.run { () async throws(ClusterError) -> Int in throw failure }
        }
    }
}
