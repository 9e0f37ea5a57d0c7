import CQL
import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct PaceTests {
    private static let replicas = ServerError.Replicas(consistency: .localQuorum, received: 1, required: 2)
    private static let write = Request.single(.registerBucket(1))

    /// Everything that says nothing of how busy the cluster is, however long it takes and however it ends.
    private static let mute = [
        Request.single(.readBuckets), .single(.readStateSerially(bucket: 1)),
        Request(
            kind: .conditionalBatch,
            statements: [.advanceVersion(bucket: 1, from: nil, to: 1, flushed: 0)]
        ),
    ]

    private func pace(
        _ request: Request,
        _ cause: CQLError.Cause? = nil,
        seconds: Int64 = 0
    ) -> RequestGate.Pace {
        let failure = cause.map { CQLError($0, execution: .mayHaveExecuted) }
        return RequestGate.Pace(request, failure, nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `the time of plain writes tells how busy the cluster is`() {
        for request in [PaceTests.write, Request(kind: .unloggedBatch, statements: [.registerBucket(1)])] {
            #expect(pace(request, seconds: 1) == .inTime)
            #expect(pace(request, seconds: 2) == .late)
        }
    }

    @Test(arguments: mute)
    func `nothing else does`(_ request: Request) {
        #expect(pace(request) == .unknown)
        #expect(pace(request, seconds: 5) == .unknown)
        #expect(pace(request, .timedOut) == .unknown)
        let contended = ServerError.Kind.writeTimeout(PaceTests.replicas, .compareAndSet, contentions: 3)
        #expect(pace(request, .server(ServerError(contended, message: "no"))) == .unknown)
    }

    @Test func `of errors only timeouts and overloads do`() {
        let unavailable = ServerError.Kind.unavailable(consistency: .localQuorum, required: 2, alive: 1)
        let failed = ServerError.Kind.writeFailure(PaceTests.replicas, .count(1), .simple)
        for cause in [
            CQLError.Cause.noNodeAvailable([]), .connectionClosed, .clientClosed,
            .server(ServerError(unavailable, message: "no")), .server(ServerError(failed, message: "no")),
        ] {
            #expect(pace(PaceTests.write, cause) == .unknown)
        }
        let late = ServerError.Kind.writeTimeout(PaceTests.replicas, .simple, contentions: nil)
        for cause in [
            CQLError.Cause.timedOut, .overloaded, .server(ServerError(late, message: "no")),
            .server(ServerError(.overloaded, message: "no")),
        ] {
            #expect(pace(PaceTests.write, cause) == .late)
        }
    }

    @Test func `only what asks how the cluster is passes by the gate`() {
        #expect(Request.single(.probe(id: "", at: 1)).isProbe)
        #expect(Request.single(.readClock).isProbe)
        #expect(!(PaceTests.mute + [PaceTests.write]).contains { $0.isProbe })
    }
}
