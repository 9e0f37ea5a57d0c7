import CQL
import Testing

@testable import CassandraStore

@Suite struct ClusterErrorTests {
    private static let replicas = ServerError.Replicas(
        consistency: .localQuorum,
        received: 1,
        required: 2
    )

    @Test func `only what was certainly not executed is said not to be applied`() {
        for execution in [CQLError.Execution.notExecuted, .mayHaveExecuted, .executed] {
            let error = ClusterError(CQLError(.connectionClosed, execution: execution), of: .single)
            #expect(error.outcome == (execution == .notExecuted ? .notApplied : .unknown))
        }
    }

    @Test(arguments: [
        ServerError.Kind.unavailable(consistency: .localSerial, required: 2, alive: 1), .overloaded, .server,
        .writeTimeout(replicas, .compareAndSet, contentions: 3), .compareAndSetUnknown(replicas),
        .readTimeout(replicas, dataPresent: false),
        .writeFailure(replicas, .count(1), .compareAndSet),
    ])
    func `a conditional batch that an error ended may have been applied`(_ kind: ServerError.Kind) {
        let cause = CQLError.Cause.server(ServerError(kind, message: "no"))
        let error = ClusterError(CQLError(cause, execution: .notExecuted), of: .conditionalBatch)
        #expect(error.outcome == .unknown)
        #expect(error.isTransient)
    }

    @Test(arguments: [ServerError.Kind.syntax, .invalid, .unauthorized, .configuration])
    func `what a server refuses is refused for good`(_ kind: ServerError.Kind) {
        let cause = CQLError.Cause.server(ServerError(kind, message: "no"))
        let error = ClusterError(CQLError(cause, execution: .notExecuted), of: .conditionalBatch)
        #expect(error.outcome == .notApplied)
        #expect(!error.isTransient)
    }

    @Test(arguments: [
        (CQLError.Cause.timedOut, true), (.overloaded, true), (.connectionClosed, true),
        (.noNodeAvailable([]), true), (.damagedFrame, true), (.clientClosed, false),
        (.invalidRequest("no"), false), (.frameTooLong(length: 2, limit: 1), false),
        (.configuration("no"), false),
    ])
    func `what a moment can mend is transient`(_ cause: CQLError.Cause, _ isTransient: Bool) {
        let error = ClusterError(CQLError(cause, execution: .notExecuted), of: .single)
        #expect(error.isTransient == isTransient)
    }

    @Test(arguments: [
        ([1], false), ([0], false), ([0, 1], false), ([4], false), ([], false), ([2], true), ([5], true),
        ([3], true),
        ([0, 2], true),
    ])
    func `a read that replicas failed for good is not sent again`(_ reasons: [Int], _ isTransient: Bool) {
        let addresses = reasons.indices.compactMap { InternetAddress(octets: [10, 0, 0, UInt8($0)]) }
        let failures = ServerError.Failures.reasons(Dictionary(uniqueKeysWithValues: zip(addresses, reasons)))
        #expect(isTransientRead(failures) == isTransient)
    }

    @Test(arguments: [
        (ServerError.Kind.invalid, true), (.configuration, true), (.server, true),
        (.writeFailure(replicas, .count(1), .simple), true),
        (.writeFailure(replicas, reasons(3), .simple), true),
        (.readFailure(replicas, reasons(3), dataPresent: false), true),
        (.writeFailure(replicas, reasons(2), .simple), false),
        (.readFailure(replicas, reasons(1), dataPresent: false), false), (.overloaded, false),
        (.writeTimeout(replicas, .simple, contentions: nil), false),
        (.unavailable(consistency: .localQuorum, required: 2, alive: 1), false),
    ])
    func `only what a change of the schema may bring about may be a race`(
        _ kind: ServerError.Kind,
        _ mayBeRace: Bool
    ) {
        let cause = CQLError.Cause.server(ServerError(kind, message: "no"))
        let error = ClusterError(CQLError(cause, execution: .mayHaveExecuted), of: .single)
        #expect(error.mayBeRace == mayBeRace)
    }

    @Test func `neither a request without an answer nor a guardrail is a race`() {
        let silence = CQLError(.timedOut, execution: .mayHaveExecuted)
        #expect(!ClusterError(silence, of: .single).mayBeRace)
        let message = "Guardrail minimum_timestamp violated: 1 is too far in the past"
        let refusal = CQLError(.server(ServerError(.invalid, message: message)), execution: .notExecuted)
        let error = ClusterError(refusal, of: .single)
        #expect(error.isGuardrail)
        #expect(!error.mayBeRace)
    }

    private static func reasons(_ reason: Int) -> ServerError.Failures {
        .reasons(InternetAddress(octets: [10, 0, 0, 1]).map { [$0: reason] } ?? [:])
    }

    @Test func `nor is one of which nothing else is known`() {
        #expect(!isTransientRead(.count(2)))
    }

    private func isTransientRead(_ failures: ServerError.Failures) -> Bool {
        let kind = ServerError.Kind.readFailure(ClusterErrorTests.replicas, failures, dataPresent: false)
        let cause = CQLError.Cause.server(ServerError(kind, message: "no"))
        return ClusterError(CQLError(cause, execution: .mayHaveExecuted), of: .single).isTransient
    }

    @Test func `the reason names node, statement and cause`() {
        let cause = CQLError(
            .timedOut,
            execution: .mayHaveExecuted,
            node: "10.0.0.1:9042",
            statement: "SELECT"
        )
        let error = ClusterError(cause, of: .single)
        #expect(error.reason == cause.description)
        for part in ["10.0.0.1:9042", "SELECT", "no answer came in time"] {
            #expect(error.reason.contains(part), "\(error.reason)")
        }
    }

    @Test func `null and values of another type are never bound`() throws {
        let prepared = PreparedStatement(
            statement:
                "UPDATE settings USING TIMESTAMP ? AND TTL 86400 SET value = 'trial' WHERE name = 'trial'",
            id: [1],
            resultMetadataID: nil,
            variables: [
                ColumnSpecification(keyspace: "k", table: "settings", name: "[timestamp]", type: .bigint)
            ],
            partitionKey: [],
            resultMetadata: nil
        )
        let values = try BoundValues(.trial(timestamp: 5), for: prepared)
        #expect(values.count == 1)
        for statement in Statement.examples {
            #expect(!statement.values.contains(.null), "\(statement.text)")
            #expect(statement.values.count == statement.text.count { $0 == "?" }, "\(statement.text)")
        }
    }
}
