import Testing

@testable import CQL

@Suite struct RequestTests {
    @Test(arguments: FrameTests.kinds)
    func `answers find their requests in any order`(
        version: ProtocolVersion,
        compression: FrameCompression?
    ) throws {
        var settings = ConnectionSettings()
        settings.version = version
        settings.compression = compression
        let driver = try MachineDriver.ready(settings)
        for id in 1...5 {
            driver.submit(RequestID(id), statement: "statement \(id)" + String(repeating: " ", count: 900))
        }
        for id in [3, 5, 1, 4, 2] { driver.answerVoid(try driver.stream(of: RequestID(id))) }
        #expect(driver.events == [3, 5, 1, 4, 2].map { .completed($0, nil, nil) })
        #expect(driver.unansweredCount == 0)
    }

    @Test func `requests wait until the connection is ready`() throws {
        let driver = MachineDriver()
        driver.submit(1)
        driver.open()
        driver.submit(2)
        driver.supported()
        driver.submit(3)
        driver.answer(0, .ready)
        for id in 1...3 { driver.answerVoid(try driver.stream(of: RequestID(id))) }
        #expect(
            driver.events.dropFirst() == [
                .completed(1, nil, nil), .completed(2, nil, nil), .completed(3, nil, nil),
            ]
        )
    }

    @Test func `requests wait for a stream, and too many are refused`() throws {
        var settings = ConnectionSettings()
        settings.maximumStreams = 2
        settings.maximumQueued = 2
        let driver = try MachineDriver.ready(settings)
        for id in 1...5 { driver.submit(RequestID(id)) }
        #expect(driver.events == [.completed(5, .overloaded, .notExecuted)])
        #expect(driver.requests.count == 2)
        driver.answerVoid(try driver.stream(of: 2))
        #expect(driver.requests.count == 3)
        // Streams are used in turn.
        #expect(try driver.stream(of: 3) == 3)
        driver.submit(6)
        #expect(driver.events.count == 2)
    }

    @Test func `an answer that comes twice is nobody else's, and ends the connection`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1)
        let stream = try driver.stream(of: 1)
        driver.answerVoid(stream)
        driver.submit(2)
        driver.events = []
        driver.answerVoid(stream)
        guard case .closed(.protocolViolation(let cause)) = driver.events.first else {
            Issue.record("\(driver.events)")
            return
        }
        #expect(
            driver.events == [
                .closed(.protocolViolation(cause)),
                .completed(2, .protocolViolation(cause), .mayHaveExecuted),
            ]
        )
    }

    @Test func `requests wait where the transport does not take what is written`() throws {
        var settings = ConnectionSettings()
        settings.maximumOutputBytes = 100
        let driver = try MachineDriver.ready(settings)
        for id in 1...10 {
            let query = Query(statement: "statement \(id)", parameters: QueryParameters(consistency: .one))
            driver.machine.submit(
                .query(query),
                id: UInt64(id),
                deadline: driver.now + 1_000,
                now: driver.now
            )
        }
        #expect(driver.outputBytes < 200)
        #expect(driver.queuedCount > 5)
        driver.pump()
        #expect(driver.requests.count == 10)
    }

    @Test func `a server's error says where, what and whether it was executed`() throws {
        var settings = ConnectionSettings()
        settings.node = "127.0.0.1:9042"
        let driver = try MachineDriver.ready(settings)
        driver.submit(1)
        driver.answerError(try driver.stream(of: 1), code: 0x2000, message: "no such thing")
        let error = try #require(driver.errors.first)
        #expect(error.node == "127.0.0.1:9042")
        #expect(error.statement == "statement 1")
        #expect(error.serverError?.kind == .syntax)
        #expect(error.execution == .notExecuted)
        #expect(error.description == "127.0.0.1:9042: no such thing [statement 1]")
        driver.submit(2)
        driver.answerError(try driver.stream(of: 2), code: 0x0000)
        #expect(driver.errors.last?.execution == .mayHaveExecuted)
        #expect(driver.isReady)
    }

    @Test func `a request that cannot be encoded is refused alone`() throws {
        let driver = try MachineDriver.ready()
        var parameters = QueryParameters(consistency: .one)
        parameters.keyspace = String(repeating: "k", count: 70_000)
        driver.machine.submit(
            .query(Query(statement: "x", parameters: parameters)),
            id: 1,
            deadline: .max,
            now: driver.now
        )
        driver.pump()
        #expect(driver.errors.first?.execution == .notExecuted)
        guard case .invalidRequest = driver.errors.first?.cause else {
            Issue.record("\(driver.events)")
            return
        }
        driver.submit(2)
        driver.answerVoid(try driver.stream(of: 2))
        #expect(driver.answers[2] != nil)
    }

    @Test func `warnings and what else is in front of an answer are given`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1)
        driver.answer(try driver.stream(of: 1), .result, flags: [.warning, .tracing, .customPayload]) {
            buffer in
            buffer.append(bytes(hex: "00000000000000010000000000000002"))
            try? buffer.append(stringList: ["careful"])
            buffer.append(bytes(hex: "0001 0001 61 00000001 05"))
            buffer.append(bigEndian: Int32(1))
        }
        let answer = try #require(driver.answers[1])
        #expect(answer.warnings == ["careful"])
        #expect(answer.tracingID == CQL.UUID(high: 1, low: 2))
        #expect(answer.customPayload == ["a": [5]])
    }

    @Test func `the machine's end completes everything once`() throws {
        var settings = ConnectionSettings()
        settings.maximumStreams = 1
        let driver = try MachineDriver.ready(settings)
        driver.submit(1)
        driver.submit(2)
        driver.closeTransport()
        #expect(
            driver.events == [
                .completed(1, .connectionClosed, .mayHaveExecuted),
                .completed(2, .connectionClosed, .notExecuted),
            ]
        )
        driver.submit(3)
        #expect(driver.events.last == .completed(3, .connectionClosed, .notExecuted))
        driver.tick(after: 100_000)
        #expect(driver.events.count == 3)
        #expect(driver.nextTick == .max)
        #expect(!driver.hasOutput)
    }

    @Test func `an answer that nobody asked for closes the connection`() throws {
        for stream in [Int16(2), 0, -1, -2, .max, .min] {
            let driver = try MachineDriver.ready()
            driver.submit(1)
            driver.answerVoid(stream)
            guard case .closed(.protocolViolation) = driver.events.first else {
                Issue.record("stream \(stream): \(driver.events)")
                continue
            }
            #expect(driver.events.count == 2)
            // What comes after that is dropped.
            driver.receive([1, 2, 3])
            driver.closeTransport()
            #expect(driver.events.count == 2)
        }
    }

    @Test func `an answer that cannot be read closes the connection, its request completed`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1)
        driver.submit(2)
        driver.answer(try driver.stream(of: 1), .result) { $0.append(bigEndian: Int32(99)) }
        #expect(driver.events.count == 3)
        #expect(driver.errors.allSatisfy { $0.execution == .mayHaveExecuted })
        guard case .closed(.protocolViolation) = driver.events.first else {
            Issue.record("\(driver.events)")
            return
        }
    }

    @Test func `a damaged frame closes the connection`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1)
        var bytes = driver.message(try driver.stream(of: 1), .result) { $0.append(bigEndian: Int32(1)) }
        bytes[bytes.count - 6] ^= 1
        driver.receive(bytes)
        #expect(driver.events == [.closed(.damagedFrame), .completed(1, .damagedFrame, .mayHaveExecuted)])
    }

    @Test func `a request from the node, or another version, closes the connection`() throws {
        for version in [UInt8(0x05), 0x84] {
            let driver = try MachineDriver.ready()
            driver.submit(1)
            driver.receive(driver.message(1, .result, version: version) { $0.append(bigEndian: Int32(1)) })
            #expect(driver.isClosed)
            #expect(driver.events.count == 2)
        }
    }
}
