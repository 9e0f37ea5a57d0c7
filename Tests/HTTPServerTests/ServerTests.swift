import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite(.serialized) struct ServerTests {
    private static func post(_ path: String, _ body: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `an answer has what HTTP asks for`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send(Self.post("/echo", "hello"))
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.body == Array("hello".utf8))
        #expect(answer.value("Content-Type") == "text/plain" && answer.value("Connection") == nil)
        let date = try #require(answer.value("Date"))
        #expect(date.wholeMatch(of: /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil)

        client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(withBody: false).status == 200)
        let missing = try client.answer(withBody: false)
        #expect(missing.status == 404 && missing.value("Content-Length") == "8")

        client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.answer().value("Connection") == "keep-alive")
        client.send("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try client.answer().value("Connection") == "close")
        #expect(try client.receiveAll().isEmpty)
        await test.server.stop(grace: .zero)
    }

    @Test func `answers come in the order of the requests whatever order they are made in`() async throws {
        let test = try TestServer()
        let client = try test.client()
        var requests = ""
        for number in 0..<200 { requests += Self.post(number % 3 == 0 ? "/later" : "/echo", "\(number)") }
        client.send(requests)
        for number in 0..<200 { #expect(try client.answer().body == Array("\(number)".utf8)) }
        await test.server.stop(grace: .zero)
    }

    @Test func `a second answer to a request is dropped`() async throws {
        let test = try TestServer()
        let client = try test.client()
        for number in 0..<50 {
            client.send(Self.post("/twice", "\(number)"))
            let answer = try client.answer()
            #expect(answer.status == 200 && answer.body == Array("\(number)".utf8))
        }
        await test.server.stop(grace: .zero)
    }

    @Test func `a client that has ended its input still gets its answer`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send(Self.post("/later", "x"))
        client.finishSending()
        #expect(try client.answer().body == [120])
        #expect(try client.receiveAll().isEmpty)
        await test.server.stop(grace: .zero)
    }

    @Test(arguments: ["/echo", "/refused", "/missing"])
    func `a client that sends 10 MB sees the answer and no reset`(_ path: String) async throws {
        let test = try TestServer()
        for fields in ["Content-Length: 10000000", "Transfer-Encoding: chunked"] {
            let client = try test.client()
            client.send("POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n989680\r\n")
            client.send([UInt8](repeating: 120, count: 500_000))
            let answer = try client.answer()
            #expect(answer.status == ["/echo": 413, "/refused": 415, "/missing": 404][path])
            #expect(answer.value("Connection") == "close")
            // The server has finished its side and drains a bounded amount.
            #expect(try client.receiveAll().isEmpty)
            #expect(client.send([UInt8](repeating: 120, count: 100_000_000)) < 100_000_000)
        }
        await test.server.stop(grace: .zero)
    }

    @Test func `100 Continue comes when the request was admitted`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try client.answer(withBody: false).status == 100)
        client.send("ab")
        #expect(try client.answer().body == Array("ab".utf8))
        client.send("POST /refused HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try client.answer().status == 415)
        await test.server.stop(grace: .zero)
    }

    @Test func `slow clients are cut`() async throws {
        let test = try TestServer {
            $0.headDeadline = .milliseconds(300)
            $0.bodyDeadline = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
            $0.responseDeadline = .milliseconds(300)
        }
        #expect(try test.answer(toPart: "GET / HT").status == 408)
        let part = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"
        #expect(try test.answer(toPart: part).status == 408)
        let idle = try test.client()
        #expect(try idle.receiveAll().isEmpty)
        let deaf = try RawClient(test.port, receiveBuffer: 4_096)
        deaf.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await TestServer.eventually { test.server.connections == 0 })
        #expect(test.log.observations.withLock { Set($0) } == [.fault(.headTimeout), .fault(.bodyTimeout)])
        await test.server.stop(grace: .zero)
    }

    @Test func `a deadline that moved away is met, too`() async throws {
        let test = try TestServer {
            $0.idleTimeout = .milliseconds(200)
            $0.headDeadline = .seconds(1)
        }
        #expect(try test.answer(toPart: "GET / HT").status == 408)
        await test.server.stop(grace: .zero)
    }

    @Test func `a request is not begun while a client has yet to take the answer before it`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        try await Task.sleep(for: .milliseconds(300))
        #expect(test.log.parked.withLock { $0.isEmpty })
        #expect(try client.answer().body.count == 16_777_216)
        #expect(await TestServer.eventually { test.log.parked.withLock { $0.count } == 1 })
        await test.server.stop(grace: .zero)
    }

    @Test func `a large answer arrives whole`() async throws {
        let test = try TestServer()
        let client = try test.client()
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n" + Self.post("/echo", "next"))
        let large = try client.answer()
        #expect(large.body == [UInt8](repeating: 120, count: 16_777_216))
        #expect(try client.answer().body == Array("next".utf8))
        await test.server.stop(grace: .zero)
    }

    @Test func `many threads are answered from other threads`() async throws {
        let test = try TestServer()
        let failures = Failures()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<64 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        DispatchQueue(label: "client \(thread)").async {
                            do {
                                let client = try test.client()
                                for number in 0..<100 {
                                    let body = "\(thread)-\(number)"
                                    client.send(Self.post(number % 2 == 0 ? "/later" : "/echo", body))
                                    let answer = try client.answer()
                                    if answer.body != Array(body.utf8) {
                                        throw RawClient.Failure(description: body)
                                    }
                                }
                            } catch {
                                failures.list.withLock { $0.append("\(error)") }
                            }
                            continuation.resume()
                        }
                    }
                }
            }
        }
        #expect(failures.list.withLock { $0 } == [])
        #expect(await TestServer.eventually { test.server.connections == 0 })
        await test.server.stop(grace: .zero)
    }

    @Test func `2,000 idle connections are held beside one that works`() async throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try #require(limit.rlim_cur > 5_000)
        let test = try TestServer()
        var idle: [RawClient] = []
        for _ in 0..<2_000 { idle.append(try test.client()) }
        #expect(await TestServer.eventually { test.server.connections == 2_000 })
        let client = try test.client()
        client.send(Self.post("/echo", "x"))
        #expect(try client.answer().status == 200)
        idle[1_000].send(Self.post("/echo", "y"))
        #expect(try idle[1_000].answer().body == Array("y".utf8))
        await test.server.stop(grace: .seconds(10))
        #expect(test.server.connections == 0)
    }

    private final class Failures: Sendable {
        let list = Mutex<[String]>([])
    }
}
