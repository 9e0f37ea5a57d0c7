import HTTPServer
import Testing

@Suite(.serialized) struct LimitAndStopTests {
    @Test func `a connection above the limit is told so and those below are served`() async throws {
        let test = try TestServer { $0.maximumConnections = 20 }
        var clients: [RawClient] = []
        for _ in 0..<20 { clients.append(try test.client()) }
        #expect(await TestServer.eventually { test.server.connections == 20 })
        for _ in 0..<10 {
            let client = try test.client()
            client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 503 && answer.value("Retry-After") == "1")
        }
        #expect(test.server.connections == 20)
        clients.removeAll()
        #expect(await TestServer.eventually { test.server.connections == 0 })
        let refusals = test.log.observations.withLock { $0 }
        #expect(refusals == [HTTPObservation](repeating: .connectionRefused(.tooManyConnections), count: 10))
        await test.server.stop(grace: .zero)
    }

    @Test func `the limit of an address leaves other addresses alone`() async throws {
        let test = try TestServer { $0.maximumConnectionsPerAddress = 3 }
        var clients: [RawClient] = []
        for _ in 0..<3 { clients.append(try test.client()) }
        #expect(await TestServer.eventually { test.server.connections == 3 })
        let refused = try test.client()
        refused.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try refused.answer().status == 503)
        let other = try RawClient(test.port, from: "127.0.0.2")
        other.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().status == 200)
        await test.server.stop(grace: .zero)
    }

    @Test func `connections that are closed make room for others of their address`() async throws {
        let test = try TestServer { $0.maximumConnectionsPerAddress = 2 }
        for _ in 0..<3 {
            do {
                let clients = [try test.client(), try test.client()]
                for client in clients {
                    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try client.answer().status == 200)
                }
            }
            #expect(await TestServer.eventually { test.server.connections == 0 })
        }
        await test.server.stop(grace: .zero)
    }

    @Test func `a stop closes idle connections and answers what is under way`() async throws {
        let test = try TestServer()
        let idle = try test.client()
        let busy = try test.client()
        busy.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await TestServer.eventually { test.log.parked.withLock { $0.count } == 1 })
        async let stopped: Void = test.server.stop(grace: .seconds(60))
        #expect(try await idle.receiveAllElsewhere().isEmpty)
        for responder in test.log.parked.withLock({ $0 }) { responder(HTTPResponse(status: 202)) }
        let answer = try busy.answer()
        #expect(answer.status == 202 && answer.value("Connection") == "close")
        await stopped
        #expect(test.server.connections == 0)
        #expect(throws: RawClient.Failure.self) { try test.client() }
    }

    @Test func `a stop cuts what has no answer after the grace and drops the late answer`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await TestServer.eventually { test.log.parked.withLock { $0.count } == 1 })
        await test.server.stop(grace: .milliseconds(200))
        #expect((try? client.receiveAll())?.isEmpty ?? true)
        for responder in test.log.parked.withLock({ $0 }) { responder(HTTPResponse(status: 200)) }
        await test.server.stop(grace: .zero)
        #expect(test.server.connections == 0)
    }

    @Test func `an answer to a client that is gone is dropped`() async throws {
        let test = try TestServer()
        for _ in 0..<20 {
            let client = try test.client()
            client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(await TestServer.eventually { test.log.parked.withLock { $0.count } == 20 })
        for responder in test.log.parked.withLock({ $0 }) { responder(HTTPResponse(status: 200)) }
        #expect(await TestServer.eventually { test.server.connections == 0 })
        await test.server.stop(grace: .zero)
    }

    @Test func `a port in use is refused by name with a hint`() async throws {
        let test = try TestServer()
        let error = #expect(throws: HTTPServerError.self) { try TestServer { $0.port = test.port } }
        #expect(error?.description.contains("127.0.0.1:\(test.port)") == true)
        #expect(error?.hint?.contains("--listen") == true)
        await test.server.stop(grace: .zero)
        // The port is free again, whatever is left of its connections.
        let next = try TestServer { $0.port = test.port }
        await next.server.stop(grace: .zero)
    }

    @Test func `a reserved address refuses connections until its server listens, and is nobody else's`()
        async throws
    {
        var configuration = HTTPServerConfiguration(loops: 3)
        let address = try ReservedAddress(configuration)
        configuration.port = address.port
        #expect(RawClient.isRefused(address.port), "nobody listens yet")
        let server = try HTTPServer(
            configuration,
            at: address,
            renderFault: { HTTPResponse(status: $0.status, contentType: "text/plain") },
            observe: { _ in },
            makeHandler: { _ in preconditionFailure("no request comes") }
        )
        #expect(server.port == address.port)
        #expect(!RawClient.isRefused(address.port), "connections wait for the loops")
        #expect(throws: HTTPServerError.self) { try ReservedAddress(configuration) }
        await server.stop(grace: .zero)
        #expect(RawClient.isRefused(address.port))
    }

    @Test func `of two that reserved one address the later to listen is refused, and nothing is left open`()
        async throws
    {
        var configuration = HTTPServerConfiguration(loops: 2)
        let first = try ReservedAddress(configuration)
        configuration.port = first.port
        let second = try ReservedAddress(configuration)
        let test = try TestServer(configuration, at: second)
        let error = #expect(throws: HTTPServerError.self) { try TestServer(configuration, at: first) }
        #expect(error?.reason == "address already in use")
        let client = try test.client()
        client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == 200)
        await test.server.stop(grace: .zero)
        #expect(RawClient.isRefused(first.port))
    }

    @Test(arguments: [("256.1.1.1", 0), ("192.0.2.1", 0), ("127.0.0.1", 70_000)])
    func `an address that cannot be listened at is refused with a hint`(_ host: String, _ port: Int) {
        let error = #expect(throws: HTTPServerError.self) {
            try TestServer {
                $0.host = host
                $0.port = port
            }
        }
        #expect(error?.hint != nil && error?.operation.contains(host) == true)
    }

    @Test func `localhost is a name to listen at`() async throws {
        let test = try TestServer { $0.host = "localhost" }
        let client = try test.client()
        client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == 200)
        await test.server.stop(grace: .zero)
    }

    @Test func `a server that was never started can be stopped`() async throws {
        let server = try HTTPServer(
            HTTPServerConfiguration(),
            renderFault: { HTTPResponse(status: $0.status) },
            observe: { _ in },
            makeHandler: { _ in preconditionFailure("no loop runs") }
        )
        await server.stop(grace: .seconds(1))
        #expect(server.connections == 0)
    }
}
