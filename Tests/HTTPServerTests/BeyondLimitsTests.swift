import HTTPServer
import Testing

@Suite(.serialized) struct BeyondLimitsTests {
    private static func request(_ method: String, _ path: String, _ fields: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    /// A server of one loop whose only connection is taken.
    private func fullServer(reserved: Int = 64) async throws -> (TestServer, RawClient) {
        let test = try TestServer {
            $0.loops = 1
            $0.maximumConnections = 1
            $0.maximumReservedConnections = reserved
        }
        let client = try test.client()
        #expect(await TestServer.eventually { test.server.connections == 1 })
        return (test, client)
    }

    @Test func `a probe is answered when all connections are taken, and nothing else is`() async throws {
        let (test, held) = try await fullServer()
        for (method, path, fields, status) in [
            ("GET", "/probe", "", 200), ("HEAD", "/probe", "", 200), ("GET", "/echo", "", 503),
            ("POST", "/probe", "Content-Length: 2\r\n", 503),
            ("POST", "/probe", "Transfer-Encoding: chunked\r\n", 503), ("GET", "/missing", "", 503),
        ] {
            let client = try test.client()
            client.send(Self.request(method, path, fields))
            let answer = try client.answer(withBody: method != "HEAD")
            #expect(answer.status == status, "\(method) \(path) \(fields)")
            #expect(answer.value("Connection") == "close")
        }
        #expect(test.server.connections == 1)
        let refusals = test.log.observations.withLock { $0 }
        #expect(refusals == [HTTPObservation](repeating: .connectionRefused(.tooManyConnections), count: 4))
        held.send(Self.request("GET", "/echo"))
        #expect(try held.answer().status == 200)
        await test.server.stop(grace: .zero)
    }

    @Test func `a client that sends all of a body beyond the limits sees the answer and no reset`()
        async throws
    {
        let (test, held) = try await fullServer()
        let client = try test.client()
        client.send(Self.request("POST", "/echo", "Content-Length: 1000000\r\n"))
        client.send([UInt8](repeating: 120, count: 1_000_000))
        #expect(try client.answer().status == 503)
        #expect(try client.receiveAll().isEmpty)
        withExtendedLifetime(held) {}
        await test.server.stop(grace: .zero)
    }

    @Test(arguments: ["", "GET /pro"])
    func `a client beyond the limits that sends no whole head is told so`(_ sent: String) async throws {
        let (test, held) = try await fullServer()
        let client = try test.client()
        client.send(sent)
        #expect(try client.answer().status == 503)
        withExtendedLifetime(held) {}
        await test.server.stop(grace: .zero)
    }

    @Test func `clients that say nothing cannot hold the reserve against others`() async throws {
        let (test, held) = try await fullServer(reserved: 8)
        // Of each address the newest four are kept, of all addresses eight; who has to go gets an answer.
        let silent = try (0..<40).map { try RawClient(test.port, from: "127.0.0.\(2 + $0 / 10)") }
        for number in 0..<20 {
            let probe = try test.client()
            probe.send(Self.request("GET", "/probe"))
            #expect(try probe.answer().status == 200, "probe \(number)")
        }
        for client in silent { #expect(try client.answer().status == 503) }
        withExtendedLifetime(held) {}
        await test.server.stop(grace: .zero)
    }

    @Test(arguments: ["", "GET /pro", "GET /probe HTTP/1.1\r\nHost: a\r\n\r\n"])
    func `a client that has the last descriptor gives it back at once`(sent: String) {
        let driver = MachineDriver(refusal: .outOfDescriptors)
        driver.send(sent)
        // While it is open nobody else is accepted: a tenth of a second to say what it wants, another to take the answer.
        for _ in 0..<2 { driver.wait(milliseconds: 100) }
        #expect(driver.isClosed)
        #expect(driver.events.statuses == [sent.contains("Host") ? 200 : 503])
    }
}
