import FairSharing
import Foundation
import HTTPServer
import Metrics
import PlayerSessions
import SessionStoreTesting
import Synchronization
import Testing

@testable import SessionService

/// What takes long is not done on the thread that brought the request: a loop of the server.
struct LoopTimeTests {
    private static let limits = ServiceLimits(maximumBatchEvents: 10_000, maximumBodyBytes: 4_194_304)
    private static let gzip = [("Content-Encoding", "gzip")]
    private static let zstd = [("Content-Encoding", "zstd")]

    /// A request whose answer is 400 or 413, so that no store has a part in it.
    struct Request: Sendable, CustomTestStringConvertible {
        var name: String
        var body: [UInt8]
        var headers: [(String, String)] = []
        var target = "/batchevents"
        var testDescription: String { name }
    }

    private static let long: [Request] = [
        Request(name: "a large body", body: [UInt8](repeating: 0x0A, count: 65_537)),
        Request(
            name: "a small body that unpacks to a large one",
            body: Packing.bomb(megabytes: 2),
            headers: zstd
        ),
        Request(
            name: "a small body that unpacks to too much",
            body: Packing.bomb(megabytes: 8),
            headers: zstd
        ),
        Request(name: "many wrong lines", body: Array(String(repeating: "x\n", count: 257).utf8)),
        Request(name: "too many lines", body: Array(String(repeating: "x\n", count: 10_001).utf8)),
    ]
    private static let short: [Request] = [
        Request(name: "an empty body", body: []),
        Request(name: "blank lines", body: [UInt8](repeating: 0x0A, count: 65_536)),
        Request(name: "wrong lines", body: Array(String(repeating: "x\n", count: 256).utf8)),
        Request(name: "a packed body", body: Packing.gzip(Array("x\n".utf8)), headers: gzip),
        Request(name: "a damaged body", body: [1, 2, 3], headers: gzip),
        Request(name: "a query", body: Array("x".utf8), target: "/queryevents/count"),
    ]

    /// The status of an answer, and whether it was given before `handle` returned, on the calling thread.
    private func send(_ request: Request, to service: SessionService) async -> (status: Int, isOnLoop: Bool) {
        let head = HTTPRequestHead(method: .post, target: request.target, headers: request.headers)
        return await withCheckedContinuation { continuation in
            // Made, called and given away on one thread of its own, as a loop does.
            Thread {
                let handler = service.makeHandler(0)
                let loop = UInt(pthread_self())
                let respond = HTTPResponder { response in
                    continuation.resume(returning: (response.status, UInt(pthread_self()) == loop))
                }
                let body = unsafe request.body.withUnsafeBytes { unsafe HTTPBody(copying: $0) }
                if body.count > HTTPServer.largeBodyBytes {
                    handler.handle(head, large: body, respond: respond)
                } else {
                    unsafe body.withBytes { unsafe handler.handle(head, body: $0, respond: respond) }
                }
            }.start()
        }
    }

    @Test(arguments: LoopTimeTests.long)
    func `a batch that takes long is decoded beside the loop`(request: Request) async throws {
        let service = try TestService(limits: Self.limits).service
        let answer = await send(request, to: service)
        #expect(!answer.isOnLoop)
        #expect(answer.status == (request.name.contains("too") ? 413 : 400))
    }

    @Test(arguments: LoopTimeTests.short)
    func `a request that takes little time is answered on the loop`(request: Request) async throws {
        let service = try TestService(limits: Self.limits).service
        let answer = await send(request, to: service)
        #expect(answer.isOnLoop && answer.status == 400)
    }

    @Test(arguments: TestService.Transport.allCases)
    func `a large batch is stored like a small one, plain and packed`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport, limits: Self.limits) { service in
            let lines = (0..<1_000).map { start("player", "session\($0)") }.joined()
            let blank = String(repeating: " \r\n", count: 30_000)
            for (count, body) in [(1_000, lines), (1_000, blank + lines + blank)] {
                let answer = try await service.post("/batchevents", body)
                #expect(answer.text == #"{"accepted": \#(count), "expired": 0}"#)
            }
            let packed =
                Packing.gzip(Array(lines.utf8.prefix(60_000)))
                + Packing.gzip(Array(lines.utf8.dropFirst(60_000).prefix(60_000)))
                + Packing.gzip(Array(lines.utf8.dropFirst(120_000)))
            let answer = try await service.send("POST", "/batchevents", packed, headers: Self.gzip)
            #expect(answer.text == #"{"accepted": 1000, "expired": 0}"#)
            let wrong = try await service.post("/batchevents", blank + lines + "x\n")
            #expect(wrong.status == 400 && wrong.errors() == ["31001"])
            let counts = try await service.post("/queryevents/count", #"{"num_of_hours": 24}"#)
            #expect(counts.json["total"] as? Int == 1_000)
        }
    }

    @Test func `large bodies take turns of their clients, and one too many is refused`() async throws {
        let bodies = LargeBodies(ServiceLimits(), maximumRunning: 1)
        let gate = DispatchSemaphore(value: 0)
        let begun = Mutex(false)
        let order = Mutex<[Int]>([])
        let refusal = bodies.run(for: QueryClient(9)) { _ in
            begun.withLock { $0 = true }
            gate.wait()
        }
        #expect(refusal == nil)
        while !begun.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        // All of the first client's come before all of the second one's, and are decoded in turns.
        let half = LargeBodies.maximumWaitingOfClient
        #expect(LargeBodies.maximumWaiting == 2 * half)
        for client in 0..<2 {
            for number in 0..<half {
                let refusal = bodies.run(for: QueryClient(UInt64(client))) { _ in
                    order.withLock { $0.append(2 * number + client) }
                }
                #expect(refusal == nil)
            }
            if client == 0 { #expect(bodies.run(for: QueryClient(0)) { _ in } == .client) }
        }
        #expect(bodies.run(for: QueryClient(2)) { _ in } == .total)
        gate.signal()
        while order.withLock({ $0.count }) < LargeBodies.maximumWaiting {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(order.withLock { $0 } == Array(0..<LargeBodies.maximumWaiting))
    }

    @Test func `metrics are rendered once for all who ask within a second, and never for an older time`()
        async throws
    {
        let registry = MetricsRegistry()
        let renderings = Mutex(0)
        registry.gauge("renderings", help: "Renderings.") {
            Double(
                renderings.withLock { count in
                    count += 1
                    return count
                }
            )
        }
        let counter = registry.counter("asked_total", help: "Asked.")
        let page = MetricsPage(registry)
        @Sendable func read() async -> String {
            counter.increment()
            return await withCheckedContinuation { continuation in
                page.read { continuation.resume(returning: String(decoding: $0, as: UTF8.self)) }
            }
        }
        let begin = ContinuousClock.now
        #expect(await read().contains("renderings 1\n"))
        let texts = await withTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { await read() } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        let text = try #require(texts.first)
        #expect(texts.count == 1 && text.contains("renderings 2\n") && text.contains("asked_total 51\n"))
        #expect(ContinuousClock.now - begin >= MetricsPage.interval)
    }
}
