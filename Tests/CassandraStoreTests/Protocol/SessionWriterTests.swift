import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What an ordinary event costs in requests to the cluster, where its span has a lease and its month is known.
@Suite struct SessionWriterTests {
    /// What a request does for a session.
    private enum Step: Hashable {
        case readFacts
        case writeFact
        case writeRow
        case writeEnd
        case other(Request)

        init(_ request: Request) {
            switch (request.kind, request.statements[0], request.statements.count) {
            case (.single, .readFacts, 1): self = .readFacts
            case (.single, .addStart, 1): self = .writeFact
            case (.single, .insertStart, 1): self = .writeRow
            case (.unloggedBatch, .setEnd, 2): self = .writeEnd
            default: self = .other(request)
            }
        }
    }

    private let start = SessionEvent.Kind.start(CountryCode(ordinal: 0))

    /// A store that was told of another start in the same span.
    private func warmBench() async throws -> Workbench {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0, session: "other")
        _ = bench.cluster.takeRequests()
        return bench
    }

    /// What was asked since this was asked last, in order.
    private func takeSteps(_ bench: Workbench) -> [Step] { bench.cluster.takeRequests().map(Step.init) }

    @Test func `a start costs two writes, and a read between them`() async throws {
        let bench = try await warmBench()
        try await bench.core.store(EventBatch([bench.event(start)]))
        #expect(takeSteps(bench) == [.writeFact, .readFacts, .writeRow])
    }

    @Test func `an end costs a write and a read at the same time`() async throws {
        let bench = try await warmBench()
        try await bench.core.store(EventBatch([bench.event(start)]))
        _ = bench.cluster.takeRequests()
        let underWay = Atomic(0)
        let alone = Atomic(false)
        bench.cluster.onRequest { (_) throws(ClusterError) in
            // Whichever comes first stays until the other is there, or does not come in ten seconds.
            underWay.add(1, ordering: .relaxed)
            for _ in 0..<10_000 where underWay.load(ordering: .relaxed) < 2 {
                try? await Task.sleep(for: .milliseconds(1))
            }
            if underWay.load(ordering: .relaxed) < 2 { alone.store(true, ordering: .relaxed) }
        }
        try await bench.core.store(EventBatch([bench.event(.end)]))
        let steps = takeSteps(bench)
        #expect(steps.count == 2)
        #expect(Set(steps) == [.writeEnd, .readFacts])
        let wasAlone = alone.load(ordering: .relaxed)
        #expect(!wasAlone)
    }

    @Test func `a start and its end in one batch share the read`() async throws {
        let bench = try await warmBench()
        try await bench.core.store(EventBatch([bench.event(start), bench.event(.end)]))
        let steps = takeSteps(bench)
        #expect(steps.count == 4)
        #expect(steps.first == .writeFact)
        #expect(Set(steps.dropFirst().dropLast()) == [.readFacts, .writeEnd])
        #expect(steps.last == .writeRow)
    }

    @Test func `a start that is told again costs what it cost first, however often`() async throws {
        let bench = try await warmBench()
        let again = EventBatch([bench.event(start)])
        for _ in 0..<3 {
            try await bench.core.store(again)
            #expect(takeSteps(bench) == [.writeFact, .readFacts, .writeRow])
        }
    }
}
