import Testing

@testable import CQL

@Suite struct HandshakeTests {
    @Test(arguments: ProtocolVersion.allCases)
    func `a node without passwords is ready after OPTIONS and STARTUP`(version: ProtocolVersion) throws {
        var settings = ConnectionSettings()
        settings.version = version
        let driver = MachineDriver(settings)
        driver.open()
        #expect(driver.requests.map(\.header.opcode) == [Opcode.options.rawValue])
        #expect(driver.requests.map(\.header.version) == [version.rawValue])
        driver.supported()
        #expect(driver.requests.last?.header.opcode == Opcode.startup.rawValue)
        #expect(driver.events.isEmpty)
        driver.answer(0, .ready)
        #expect(driver.events == [.ready(NegotiatedConnection(version: version))])
        #expect(driver.isReady)
    }

    @Test func `compression is used where the node can`() throws {
        var settings = ConnectionSettings()
        settings.compression = .lz4
        let able = try MachineDriver.ready(settings)
        #expect(able.negotiated.compression == .lz4)
        let unable = MachineDriver(settings)
        unable.open()
        unable.supported(compressions: ["snappy"])
        unable.answer(0, .ready)
        #expect(unable.events == [.ready(NegotiatedConnection(version: .v5))])
    }

    @Test(arguments: ProtocolVersion.allCases)
    func `a node with passwords is told name and password`(version: ProtocolVersion) throws {
        var settings = ConnectionSettings()
        settings.version = version
        settings.credentials = Credentials(user: "u", password: "p")
        let driver = MachineDriver(settings)
        driver.open()
        driver.supported()
        driver.answer(0, .authenticate) { try? $0.append(string: "a.b.C") }
        #expect(driver.requests.last?.header.opcode == Opcode.authResponse.rawValue)
        #expect(driver.requests.last?.body == bytes(hex: "00000004 00 75 00 70"))
        driver.answer(0, .authSuccess) { $0.append(bigEndian: Int32(-1)) }
        #expect(driver.events == [.ready(NegotiatedConnection(version: version, authenticator: "a.b.C"))])
    }

    @Test func `a wrong password is the server's error`() throws {
        var settings = ConnectionSettings()
        settings.credentials = Credentials(user: "u", password: "p")
        let driver = MachineDriver(settings)
        driver.open()
        driver.supported()
        driver.answer(0, .authenticate) { try? $0.append(string: "a.b.C") }
        driver.answerError(0, code: 0x0100, message: "wrong")
        #expect(driver.events == [.closed(.server(ServerError(.badCredentials, message: "wrong")))])
        #expect(driver.isClosed)
    }

    @Test func `a node that wants a password, and one that wants more, are told apart`() throws {
        let driver = MachineDriver()
        driver.open()
        driver.supported()
        driver.answer(0, .authenticate) { try? $0.append(string: "a.b.C") }
        #expect(driver.events == [.closed(.credentialsRequired(authenticator: "a.b.C"))])

        var settings = ConnectionSettings()
        settings.credentials = Credentials(user: "u", password: "p")
        let other = MachineDriver(settings)
        other.open()
        other.supported()
        other.answer(0, .authenticate) { try? $0.append(string: "a.b.C") }
        other.answer(0, .authChallenge) { $0.append(bigEndian: Int32(-1)) }
        #expect(other.events == [.closed(.authenticationUnsupported(authenticator: "a.b.C"))])
    }

    @Test func `events are asked for before the connection is ready`() throws {
        var settings = ConnectionSettings()
        settings.events = [.status, .schema]
        let driver = MachineDriver(settings)
        driver.open()
        driver.supported()
        driver.answer(0, .ready)
        #expect(driver.events.isEmpty)
        #expect(driver.requests.last?.header.opcode == Opcode.register.rawValue)
        driver.answer(0, .ready)
        driver.answer(-1, .event) { buffer in
            for string in ["SCHEMA_CHANGE", "CREATED", "KEYSPACE", "k"] { try? buffer.append(string: string) }
        }
        #expect(
            driver.events == [
                .ready(NegotiatedConnection(version: .v5)),
                .event(.schema(SchemaChange(change: "CREATED", target: .keyspace("k")))),
            ]
        )
    }

    @Test(arguments: [UInt8(0x84), 0x83, 0x85])
    func `a node that refuses version 5 is asked for version 4 on another connection`(version: UInt8) throws {
        let driver = MachineDriver()
        driver.open()
        driver.submit(1)
        driver.answerError(
            0,
            code: 0x0A,
            message: "Invalid or unsupported protocol version (5)",
            version: version
        )
        let serverError = ServerError(
            .protocolViolation,
            message: "Invalid or unsupported protocol version (5)"
        )
        let cause = CQLError.Cause.versionRefused(offered: 5, serverError)
        #expect(driver.events == [.closed(cause), .completed(1, cause, .notExecuted)])
        #expect(driver.errors.first?.olderVersion == .v4)
        #expect(driver.errors.first?.serverError == serverError)
    }

    @Test func `a node that lists older versions only is asked for version 4, too`() throws {
        let driver = MachineDriver()
        driver.open()
        driver.supported(versions: ["3/v3", "4/v4", "5/v5-beta"])
        #expect(driver.errors.first?.olderVersion == .v4)
        #expect(driver.requests.count == 1)
    }

    @Test func `there is nothing older than version 4`() throws {
        var settings = ConnectionSettings()
        settings.version = .v4
        let driver = MachineDriver(settings)
        driver.open()
        driver.answerError(0, code: 0x0A, version: 0x83)
        #expect(driver.errors.first?.olderVersion == nil)
        #expect(driver.isClosed)
    }

    @Test func `a real server's refusal is understood`() throws {
        let exchange = try #require(Exchange.named("version-refused").first)
        let driver = MachineDriver()
        driver.open()
        driver.receive(exchange.response)
        #expect(driver.errors.first?.olderVersion == .v4)
    }

    @Test func `a handshake that takes too long is given up`() throws {
        let driver = MachineDriver()
        driver.open()
        #expect(driver.nextTick == driver.now + 10_000)
        driver.tick(after: 9_999)
        #expect(driver.events.isEmpty)
        driver.tick(after: 1)
        #expect(driver.events == [.closed(.handshakeTimedOut)])
    }

    @Test(arguments: [Opcode.ready, .authSuccess, .event, .result, .authChallenge, .query])
    func `a message that does not fit into the handshake closes the connection`(opcode: Opcode) throws {
        let driver = MachineDriver()
        driver.open()
        driver.receive(driver.message(0, opcode) { $0.append(bigEndian: Int32(-1)) })
        guard case .closed(.protocolViolation) = driver.events.first else {
            Issue.record("\(driver.events)")
            return
        }
    }
}
