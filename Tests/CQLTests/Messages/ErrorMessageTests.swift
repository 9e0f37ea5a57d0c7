import Testing

@testable import CQL

@Suite struct ErrorMessageTests {
    private func serverError(_ exchange: Exchange) throws -> ServerError {
        try #require(try exchange.message().serverError)
    }

    private static let one = ServerError.Replicas(consistency: .all, received: 1, required: 2)

    static let table: [(String, ServerError.Kind)] = [
        ("error-syntax", .syntax), ("error-invalid", .invalid), ("error-configuration", .configuration),
        ("error-keyspace-exists", .alreadyExists(keyspace: "vectors", table: "")),
        ("error-table-exists", .alreadyExists(keyspace: "vectors", table: "large")),
        ("error-unprepared", .unprepared(id: Array("0123456789abcdef".utf8))),
        ("error-unavailable", .unavailable(consistency: .three, required: 3, alive: 2)),
        ("error-protocol", .protocolViolation), ("version-refused", .protocolViolation),
        ("error-unauthorized", .unauthorized), ("auth-refused", .badCredentials),
        ("error-read-paused", .readTimeout(one, dataPresent: true)),
        ("error-write-paused", .writeTimeout(one, .simple, contentions: nil)),
        ("error-write-down", .unavailable(consistency: .all, required: 2, alive: 1)),
    ]

    @Test(arguments: table)
    func `every error that a server gave is read with its fields`(name: String, kind: ServerError.Kind) throws
    {
        let exchanges = Exchange.named(name)
        #expect(!exchanges.isEmpty)
        for exchange in exchanges {
            let error = try serverError(exchange)
            #expect(error.kind == kind, "version \(exchange.version.rawValue)")
            #expect(!error.message.isEmpty)
            #expect(error.description == error.message)
        }
    }

    @Test func `a conditional write's timeout tells of contentions in version 5`() throws {
        let kinds = try Exchange.named("error-conditional-paused").map { try serverError($0).kind }
        #expect(kinds.count == 2)
        guard case .writeTimeout(_, .compareAndSet, contentions: 0) = kinds.last else {
            Issue.record("\(kinds)")
            return
        }
    }

    @Test func `a failure tells each replica's reason in version 5`() throws {
        let write = try #require(Exchange.named("error-write-failure").first)
        let read = try #require(Exchange.named("error-read-failure").first)
        let reasons = try #require(InternetAddress("127.0.11.2").map { [$0: 3] })
        let replicas = ServerError.Replicas(consistency: .localQuorum, received: 1, required: 2)
        #expect(try serverError(write).kind == .writeFailure(replicas, .reasons(reasons), .simple))
        #expect(try serverError(read).kind == .readFailure(replicas, .reasons(reasons), dataPresent: true))
    }

    @Test func `the timeout of a batch's log is told from the batch's own`() throws {
        let kinds = try Exchange.named("error-batch-paused").map { try serverError($0).kind }
        #expect(
            kinds.contains { kind in
                guard case .writeTimeout(_, .batchLog, contentions: nil) = kind else { return false }
                return true
            }
        )
    }

    // What is hard to have a healthy server say, as the specification writes it.
    static let specified: [(ProtocolVersion, String, ServerError.Kind)] = [
        (.v5, "00000000 0000", .server), (.v5, "00001001 0000", .overloaded),
        (.v5, "00001002 0000", .bootstrapping),
        (.v5, "00001003 0000", .truncation), (.v5, "00001600 0000", .changeDataCaptureFull),
        (.v5, "00001700 0000 0005 00000001 00000002", .compareAndSetUnknown(one)),
        (
            .v5, "00001100 0000 0005 00000001 00000002 0003 434153 0007",
            .writeTimeout(one, .compareAndSet, contentions: 7)
        ),
        (
            .v4, "00001100 0000 0005 00000001 00000002 0003 434153",
            .writeTimeout(one, .compareAndSet, contentions: nil)
        ),
        (
            .v4, "00001300 0000 0005 00000001 00000002 00000003 01",
            .readFailure(one, .count(3), dataPresent: true)
        ),
        (
            .v5, "00001300 0000 0005 00000001 00000002 00000001 04 7f000001 0001 00",
            .readFailure(one, .reasons([InternetAddress("127.0.0.1") ?? .any: 1]), dataPresent: false)
        ),
        (
            .v4, "00001500 0000 0005 00000001 00000002 00000003 0006 53494d504c45",
            .writeFailure(one, .count(3), .simple)
        ),
        (
            .v5, "00001500 0000 0005 00000001 00000002 00000000 0003 434443",
            .writeFailure(one, .reasons([:]), .changeDataCapture)
        ),
        (
            .v5, "00001400 0000 0001 6b 0001 66 0001 0003 696e74",
            .functionFailure(keyspace: "k", function: "f", argumentTypes: ["int"])
        ),
        (.v5, "00009999 0000", .other(code: 0x9999)),
    ]

    @Test(arguments: specified.indices)
    func `errors are read as the specification writes them`(index: Int) throws {
        let (version, hex, kind) = Self.specified[index]
        var reader = ByteReader(bytes(hex: hex))
        let error = try ServerError(from: &reader, version: version)
        #expect(error.kind == kind)
        #expect(reader.remaining == 0)
        // Cut anywhere, they are faults.
        for count in 0..<(bytes(hex: hex).count) {
            var cut = ByteReader(Array(bytes(hex: hex).prefix(count)))
            if let read = try? ServerError(from: &cut, version: version) {
                // But for the contentions, which version 4 does not have.
                #expect(read.kind == .writeTimeout(Self.one, .compareAndSet, contentions: nil))
            }
        }
    }

    @Test(arguments: [
        ("SIMPLE", ServerError.WriteType.simple), ("BATCH", .batch), ("UNLOGGED_BATCH", .unloggedBatch),
        ("COUNTER", .counter), ("BATCH_LOG", .batchLog), ("CAS", .compareAndSet), ("VIEW", .view),
        ("CDC", .changeDataCapture), ("NEW", .other("NEW")),
    ])
    func `writes have types`(name: String, type: ServerError.WriteType) {
        #expect(ServerError.WriteType(name: name) == type)
    }

    @Test func `only what certainly was not executed counts as such`() {
        let refusals: [ServerError.Kind] = [
            .protocolViolation, .badCredentials, .bootstrapping, .syntax, .unauthorized, .invalid,
            .configuration,
            .alreadyExists(keyspace: "", table: ""), .unprepared(id: []),
        ]
        for kind in refusals {
            #expect(ServerError(kind, message: "").execution(ofBatch: true) == .notExecuted)
        }
        let unavailable = ServerError(.unavailable(consistency: .one, required: 1, alive: 0), message: "")
        #expect(unavailable.execution(ofBatch: false) == .notExecuted)
        #expect(unavailable.execution(ofBatch: true) == .mayHaveExecuted)
        let unknown: [ServerError.Kind] = [
            .server, .overloaded, .truncation, .writeTimeout(Self.one, .simple, contentions: nil),
            .writeFailure(Self.one, .count(1), .simple), .compareAndSetUnknown(Self.one), .other(code: 7),
        ]
        for kind in unknown {
            #expect(ServerError(kind, message: "").execution(ofBatch: false) == .mayHaveExecuted)
        }
    }
}
