import CQL
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct WriteCombinerTests {
    /// What was sent, each request by the names that its statements hold, and what is to come later.
    private final class Wire: Sendable {
        let requests = Mutex<[[String]]>([])
        let later = Mutex<[@Sendable () -> Void]>([])
        let answers = Mutex<[String: Result<Answer, CQLError>]>([:])
        let time = ManualTime()

        /// Answers a request at once: with an error where one of its statements is of a name that `isBad`.
        func combiner(
            failing cause: CQLError.Cause = .timedOut,
            after nanoseconds: Int64 = 0,
            isBad: @escaping @Sendable (String) -> Bool = { _ in false }
        ) -> WriteCombiner {
            WriteCombiner(elapsed: time.elapsed) { [self] statements, _, completion in
                let names = statements.map(\.statement.statement)
                requests.withLock { $0.append(names) }
                guard names.contains(where: isBad) else { return completion(.success(Answer(.void))) }
                time.pass(nanoseconds)
                completion(.failure(CQLError(cause, execution: .mayHaveExecuted)))
            } whenOthersHaveCome: { [self] body in
                later.withLock { $0.append(body) }
            }
        }

        /// Writes a statement of that name whose values have so many bytes.
        func write(_ name: String, bytes: Int = 8, to combiner: WriteCombiner) {
            let prepared = PreparedStatement(
                statement: name,
                id: [],
                resultMetadataID: nil,
                variables: [],
                partitionKey: [],
                resultMetadata: nil
            )
            var values = BoundValues()
            values.append(Blob([UInt8](repeating: 0, count: bytes - 4)))
            combiner.write([.init(statement: prepared, values: values)]) { [self] result in
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
            answers.withLock { $0.filter { (try? $0.value.get()) != nil }.keys.sorted() }
        }
        var failed: [String] { answers.withLock { $0.filter { (try? $0.value.get()) == nil }.keys.sorted() } }
    }

    @Test func `writes that come together are one request, and each is answered`() {
        let wire = Wire()
        let combiner = wire.combiner()
        for name in ["a", "b", "c"] { wire.write(name, to: combiner) }
        #expect(wire.sent.isEmpty)
        wire.comeToRest()
        wire.write("d", to: combiner)
        wire.comeToRest()
        #expect(wire.sent == [["a", "b", "c"], ["d"]])
        #expect(wire.succeeded == ["a", "b", "c", "d"])
    }

    @Test func `a request has no more writes than its limit, and what is full does not wait`() {
        let wire = Wire()
        let combiner = wire.combiner()
        let names = (0..<(2 * WriteCombiner.maximumWrites + 1)).map { "\($0 + 10)" }
        for name in names { wire.write(name, to: combiner) }
        #expect(wire.sent.map(\.count) == [WriteCombiner.maximumWrites, WriteCombiner.maximumWrites])
        wire.comeToRest()
        #expect(wire.sent.flatMap(\.self) == names)
        #expect(wire.succeeded == names)
    }

    @Test func `a request has no more bytes than its limit, but for a write that has more`() {
        let wire = Wire()
        let combiner = wire.combiner()
        let half = WriteCombiner.maximumBytes / 2
        for (name, bytes) in [("a", half), ("b", half), ("c", 8), ("d", 3 * half), ("e", 8)] {
            wire.write(name, bytes: bytes, to: combiner)
        }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"], ["c"], ["d"], ["e"]])
        #expect(wire.succeeded.count == 5)
    }

    @Test func `what fails together is sent again alone, and fails nobody else's write`() {
        let wire = Wire()
        let combiner = wire.combiner { $0 == "b" }
        for name in ["a", "b", "c"] { wire.write(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b", "c"], ["a"], ["b"], ["c"]])
        #expect(wire.succeeded == ["a", "c"])
        #expect(wire.failed == ["b"])
    }

    @Test func `nothing is sent again when its time is over`() {
        let wire = Wire()
        let combiner = wire.combiner(after: WriteCombiner.patience) { $0 == "b" }
        for name in ["a", "b"] { wire.write(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"]])
        #expect(wire.failed == ["a", "b"])
    }

    @Test(arguments: [CQLError.Cause.clientClosed, .overloaded, .noNodeAvailable([])])
    func `what no other write is to blame for is not sent again`(_ cause: CQLError.Cause) {
        let wire = Wire()
        let combiner = wire.combiner(failing: cause) { $0 == "b" }
        for name in ["a", "b"] { wire.write(name, to: combiner) }
        wire.comeToRest()
        #expect(wire.sent == [["a", "b"]])
        #expect(wire.failed == ["a", "b"])
    }
}
