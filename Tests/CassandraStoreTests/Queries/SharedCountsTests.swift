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
        await until { counts.waitingCount == others.count }
        #expect(gate.begun.count == 1)
        gate.open()
        #expect(number(try await first) == 1)
        await until { gate.waitingCount == 1 }
        // Whoever asks while that one runs waits for a third.
        async let later = counts.run(0..<10)
        await until { counts.waitingCount == 1 }
        #expect(gate.begun.count == 2)
        gate.open()
        for other in others { #expect(number(try await other.value) == 2) }
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
        await until { counts.waitingCount == others.count }
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

    @Test(.endsSomeTime) func `the store's counts are shared`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        let held = Mutex<[CheckedContinuation<Void, Never>]>([])
        bench.cluster.onRequest { request throws(ClusterError) in
            guard request.statements[0] == .readBuckets else { return }
            await withCheckedContinuation { continuation in held.withLock { $0.append(continuation) } }
        }
        let asked = (0..<4).map { _ in Task { try await bench.count() } }
        await until { bench.core.counts.waitingCount == 3 }
        #expect(held.withLock(\.count) == 1)
        bench.cluster.onRequest(nil)
        held.withLock(\.self).forEach { $0.resume() }
        for one in asked { #expect(try await one.value == 1) }
        #expect(bench.cluster.takeStatements().count { $0 == .readBuckets } == 2)
    }
}
