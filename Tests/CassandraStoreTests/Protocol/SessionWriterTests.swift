import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// What an ordinary event costs in requests to the cluster, where its process is registered in its month.
@Suite struct SessionWriterTests {
    /// What a request does for a session.
    private enum Step: Hashable {
        case readFacts
        case claim
        case log
        case writeEnd
        case other(Request)

        init(_ request: Request) {
            switch (request.kind, request.statements[0], request.statements.count) {
            case (.single, .readFacts, 1): self = .readFacts
            case (.single, .addClaim, 1): self = .claim
            case (.single, .log, 1): self = .log
            case (.unloggedBatch, .setEnd, 2): self = .writeEnd
            default: self = .other(request)
            }
        }
    }

    private let start = SessionEvent.Kind.start(CountryCode(ordinal: 0))

    /// A store that was told of another start in the same month.
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
        #expect(takeSteps(bench) == [.claim, .readFacts, .log])
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
        #expect(steps.first == .claim)
        #expect(Set(steps.dropFirst().dropLast()) == [.readFacts, .writeEnd])
        #expect(steps.last == .log)
    }

    @Test func `a late start costs a read more`() async throws {
        let bench = try await warmBench()
        try await bench.tellStart(minutesAgo: 2)
        #expect(takeSteps(bench) == [.readFacts, .claim, .readFacts, .log])
    }

    @Test func `a start that is told again is claimed again, and logged where it was`() async throws {
        let bench = try await warmBench()
        let again = EventBatch([bench.event(start)])
        try await bench.core.store(again)
        _ = bench.cluster.takeRequests()
        for _ in 0..<3 {
            try await bench.core.store(again)
            let steps = takeSteps(bench)
            #expect(Array(steps.prefix(2)) == [.claim, .readFacts])
            #expect(steps.last == .log)
            #expect(steps.count == 5)
        }
        let count = try await bench.count()
        #expect(count == 2)
    }

    @Test func `a claim of a generation that there cannot be is not waited for`() async throws {
        let bench = try await warmBench()
        let start = SessionRecord.Start(timestamp: bench.clock.now, country: CountryCode(ordinal: 0))
        let place = Place(generation: Place.generations.upperBound, process: ProcessID(number: 1))
        let key = SessionKey(Workbench.player, try Identifier("s"))
        let damaged = Claim(Candidate(start), place: place, request: 1)
        try await bench.core.access.write(.addClaim(key, damaged, ttl: 0))
        try await bench.core.store(EventBatch([bench.event(self.start)]))
        #expect(try await bench.count() == 2)
    }

    @Test func `a late start that is told again adds nothing, however often`() async throws {
        let bench = try await warmBench()
        let rows = { bench.instant.liveRows("log") }
        try await bench.tellStart(minutesAgo: 2)
        let known = rows()
        for _ in 0..<3 {
            _ = bench.cluster.takeRequests()
            try await bench.tellStart(minutesAgo: 2)
            // The claim is written as it was, because it may be on one replica only.
            #expect(takeSteps(bench).count { $0 == .claim } == 1)
        }
        #expect(rows() == known)
        let facts = try await bench.core.writer.readFacts(SessionKey(Workbench.player, try Identifier("s")))
        #expect(facts.claims.count == 1)
    }
}
