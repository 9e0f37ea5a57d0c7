import CQL
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct RequestCombinerTests {
    /// Parts are names, and what comes of a part is its name.
    private typealias Combiner = RequestCombiner<String, String>
    private static let limits = CombiningLimits.writes
    fileprivate static let unavailable = CQLError.Cause.server(
        ServerError(.unavailable(consistency: .quorum, required: 2, alive: 1), message: "no replicas")
    )

    /// What was sent, each request by the names of its parts, and what is to come later.
    private final class Wire: Sendable {
        let requests = Mutex<[[String]]>([])
        let later = Mutex<[@Sendable () -> Void]>([])
        let answers = Mutex<[String: Result<String, CQLError>]>([:])
        let time = ManualTime()

        /// Answers a request at once: with an error where one of its statements is of a name that `isBad`.
        func combiner(
            limits: CombiningLimits = RequestCombinerTests.limits,
            failing cause: CQLError.Cause = RequestCombinerTests.unavailable,
            after nanoseconds: Int64 = 0,
            isBad: @escaping @Sendable (String) -> Bool = { _ in false }
        ) -> Combiner {
            Combiner(limits, elapsed: time.elapsed) { [self] names, _, completion in
                requests.withLock { $0.append(names) }
                guard names.contains(where: isBad) else { return completion(.success(names)) }
                time.pass(nanoseconds)
                completion(.failure(CQLError(cause, execution: .mayHaveExecuted)))
            } whenOthersHaveCome: { [self] body in
                later.withLock { $0.append(body) }
            }
        }

        /// Adds a part of that name whose values have so many bytes.
        func add(_ name: String, bytes: Int = 8, to combiner: Combiner) {
            combiner.add(name, bytes: bytes) { [self] result in
                answers.withLock { answers in
                    #expect(answers[name] == nil, "\(name) was answered twice")
                    answers[name] = result
                }
            }
        }

        func comeToRest() {
            while let body = later.withLock({ $0.popLast() }) { body() }
        }

        var sent: [[String]] { requests.withLock(\.self) }
        var succeeded: [String] {
            answers.withLock { $0.filter { (try? $0.value.get()) == $0.key }.keys.sorted() }
        }
        var failed: [String] { answers.withLock { $0.filter { (try? $0.value.get()) == nil }.keys.sorted() } }
    }

    @Test func `what comes together is one request, and each part gets what came of it`() {
        let wire = Wire()
        let combiner = wire.combiner()
        for name in ["a", "b", "c"] { wire.add(name, to: combiner) }
        #expect(wire.sent.isEmpty)
        wire.comeToRest()
        wire.add("d", to: combiner)
        wire.comeToRest()
        #expect(wire.sent == [["a", "b", "c"], ["d"]])
        #expect(wire.succeeded == ["a", "b", "c", "d"])
    }

    @Test func `a request has no more parts than its limit, and what is full does not wait`() {
        let wire = Wire()
        let combiner = wire.combiner()
        let most = RequestCombinerTests.limits.maximumParts
        let names = (0..<(2 * most + 1)).map { "\($0 + 10)" }
        for name in names { wire.add(name, to: combiner) }
        #expect(wire.sent.map(\.count) == [most, most])
        wire.comeToRest()
        #expect(wire.sent.flatMap(\.self) == names)
        #expect(wire.succeeded == names)
    }

    @Test func `a request has no more bytes than its limit, but for a part that has more`() {
        let wire = Wire()
        let combiner = wire.combiner()
        let half = RequestCombinerTests.limits.maximumBytes / 2
        for (name, bytes) in [("a", half), ("b", half), ("c", 8), ("d", 3 * half), ("e", 8)] {
            wire.add(name, bytes: bytes, to: combiner)
        }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"], ["c"], ["d"], ["e"]])
        #expect(wire.succeeded.count == 5)
    }

    @Test func `what fails together is sent again alone, and fails nobody else's part`() {
        let wire = Wire()
        let combiner = wire.combiner { $0 == "b" }
        for name in ["a", "b", "c"] { wire.add(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b", "c"], ["a"], ["b"], ["c"]])
        #expect(wire.succeeded == ["a", "c"])
        #expect(wire.failed == ["b"])
    }

    @Test(arguments: [
        CQLError.Cause.invalidRequest("no"), .frameTooLong(length: 2, limit: 1), unavailable,
        .server(ServerError(.server, message: "a trap")),
    ])
    func `what one part may be to blame for is sent again alone`(_ cause: CQLError.Cause) {
        let wire = Wire()
        let combiner = wire.combiner(failing: cause) { $0 == "b" }
        for name in ["a", "b"] { wire.add(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"], ["a"], ["b"]])
        #expect(wire.succeeded == ["a"])
    }

    @Test func `parts that may not go together never do`() {
        let wire = Wire()
        let combiner = wire.combiner(limits: .alone)
        for name in ["a", "b", "c"] { wire.add(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a"], ["b"], ["c"]])
    }

    @Test func `nothing is sent again when its time is over`() {
        let wire = Wire()
        let combiner = wire.combiner(after: RequestCombinerTests.limits.patience) { $0 == "b" }
        for name in ["a", "b"] { wire.add(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"]])
        #expect(wire.failed == ["a", "b"])
    }

    @Test(arguments: [
        CQLError.Cause.clientClosed, .overloaded, .noNodeAvailable([]), .timedOut, .connectionClosed,
        .keepAliveTimedOut, .handshakeTimedOut, .transport(operation: "read", message: "reset"),
        .damagedFrame, .tooManyOrphans(9), .protocolViolation("no"),
        .server(ServerError(.overloaded, message: "too much to do")),
        .server(ServerError(.bootstrapping, message: "I have just come")),
    ])
    func `what no other part is to blame for is not sent again`(_ cause: CQLError.Cause) {
        let wire = Wire()
        let combiner = wire.combiner(failing: cause) { $0 == "b" }
        for name in ["a", "b"] { wire.add(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"]])
        #expect(wire.failed == ["a", "b"])
    }
}
