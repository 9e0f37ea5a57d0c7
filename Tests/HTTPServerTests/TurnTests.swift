import Foundation
import Synchronization
import Testing

@testable import HTTPServer

/// Which of several connections of one loop is served when; judged by order, never by time.
@Suite(.serialized) struct TurnTests {
    /// How many requests lie before the loop at once; their bytes fit into one read.
    private static let flood = 1_500

    private static func get(_ path: String, _ query: String) -> String {
        "GET \(path)?\(query) HTTP/1.1\r\nHost:\r\n\r\n"
    }

    /// Holds the loop in a first request, puts what `requests` gives into its sockets, and lets it go on.
    private func order(
        flooding: [String],
        connections: Int = 1
    ) async throws -> [String] {
        let test = try TestServer { $0.loops = 1 }
        let floods = try (0..<connections).map { _ in try test.client() }
        let other = try test.client()
        // All are accepted before the flood begins.
        for client in floods + [other] {
            client.send(Self.get("/echo", "warm"))
            _ = try client.answer()
        }
        let gate = try test.client()
        gate.send(Self.get("/gate", "gate"))
        #expect(await TestServer.eventually { test.log.handled.withLock { $0.contains("gate") } })
        let text = flooding.joined()
        for flood in floods {
            flood.send(text)
            flood.finishSending()
        }
        other.send(Self.get("/echo", "other"))
        test.log.gate.signal()
        #expect(try other.answer().status == 200)
        for flood in floods {
            let answers = String(decoding: try flood.receiveAll(), as: UTF8.self)
            #expect(answers.components(separatedBy: "HTTP/1.1 ").count == flooding.count + 1)
        }
        let handled = test.log.handled.withLock { $0 }
        await test.server.stop(grace: .zero)
        return handled.filter { $0 != "warm" && $0 != "gate" }
    }

    @Test(arguments: [1, 4])
    func `a connection with thousands of requests lets another one have its turn`(
        connections: Int
    ) async throws {
        let requests = (0..<Self.flood).map { Self.get("/echo", "\($0)") }
        let handled = try await order(flooding: requests, connections: connections)
        let place = try #require(handled.firstIndex(of: "other"))
        // Whatever the kernel hands over first, no connection is ahead by more than two turns.
        #expect(place <= connections * 2 * TurnQueue.requests)
        #expect(handled.count == Self.flood * connections + 1)
    }

    @Test(arguments: [5_000, 60_000])
    func `a connection whose requests take long goes behind one whose requests do not`(
        bytes: Int
    ) async throws {
        let test = try TestServer { $0.loops = 1 }
        let slow =
            "POST /slow?slow HTTP/1.1\r\nHost:\r\nContent-Length: \(bytes)\r\n\r\n"
            + String(repeating: "x", count: bytes)
        let floods = try (0..<4).map { _ in try test.client() }
        let other = try test.client()
        for client in floods {
            client.send(slow)
            #expect(try client.answer().body.count == bytes)
        }
        for round in 0..<3 {
            test.log.handled.withLock { $0 = [] }
            let gate = try test.client()
            gate.send(Self.get("/gate", "gate"))
            #expect(await TestServer.eventually { test.log.handled.withLock { $0 == ["gate"] } })
            for client in floods { client.send(slow) }
            other.send(Self.get("/echo", "other"))
            test.log.gate.signal()
            for client in [gate, other] { #expect(try client.answer().status == 200) }
            for client in floods { #expect(try client.answer().body.count == bytes, "round \(round)") }
            #expect(test.log.handled.withLock { $0 } == ["gate", "other"] + floods.map { _ in "slow" })
        }
        await test.server.stop(grace: .zero)
    }

    @Test func `requests that are refused by their head alone take turns, their bodies included`()
        async throws
    {
        // Such requests never reach the handler; every hundredth does, which shows how far the flood is.
        let requests = (0..<800).map { number in
            number % 100 == 50
                ? Self.get("/echo", "\(number)")
                : "POST /missing HTTP/1.1\r\nHost:\r\nContent-Length: 1\r\n\r\nx"
        }
        let handled = try await order(flooding: requests)
        #expect(try #require(handled.firstIndex(of: "other")) <= 1)
    }

    @Test func `the answers of a connection that waits for its turns come in order`() async throws {
        let test = try TestServer { $0.loops = 1 }
        let clients = try (0..<4).map { _ in try test.client() }
        let bodies = (0..<600).map { "\($0)" }
        for client in clients {
            client.send(
                bodies.map { "POST /echo HTTP/1.1\r\nHost:\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)" }
                    .joined()
            )
            client.finishSending()
        }
        for client in clients {
            for body in bodies { #expect(try client.answer().body == Array(body.utf8)) }
            #expect(try client.receiveAll().isEmpty)
        }
        #expect(await TestServer.eventually { test.server.connections == 0 })
        await test.server.stop(grace: .zero)
    }

    @Test func `a stop closes a connection that waits for its turn behind one more answer`() async throws {
        let test = try TestServer { $0.loops = 1 }
        let client = try test.client()
        client.send(Self.get("/gate", "gate"))
        #expect(await TestServer.eventually { test.log.handled.withLock { !$0.isEmpty } })
        client.send((0..<Self.flood).map { Self.get("/echo", "\($0)") }.joined())
        // The order to stop lies before the loop when it goes on.
        let stopped = Task.immediate { await test.server.stop(grace: .seconds(60)) }
        test.log.gate.signal()
        let received = String(decoding: try await client.receiveAllElsewhere(), as: UTF8.self)
        client.finishSending()
        await stopped.value
        // The answer that says so is the last one.
        #expect(received.components(separatedBy: "Connection: close").count == 2)
        #expect(test.server.connections == 0)
    }

    @Test func `a client that speaks TLS is closed at once and told of with its address`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03])
        #expect(try client.receiveAll().isEmpty)
        #expect(test.log.observations.withLock { $0 } == [.tlsHandshake(client: "127.0.0.1")])
        await test.server.stop(grace: .zero)
    }
}
