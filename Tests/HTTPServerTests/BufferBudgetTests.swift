import Testing

@testable import HTTPServer

struct BufferBudgetTests {
    private static let size = 60_000
    private static let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n"
    private static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n"

    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test func `a body of known length is allocated once, at its size`() {
        let driver = MachineDriver()
        driver.send(Self.post + "x")
        let holding = driver.holding
        #expect(holding > Self.size && holding < Self.size + 1_024)
        for _ in 1..<Self.size { driver.send("x") }
        #expect(driver.events.statuses == [200])
        // While the last piece was on its way nothing more was taken.
        driver.send(Self.post)
        for _ in 1..<Self.size { driver.send("x") }
        #expect(driver.holding == holding)
        driver.send("x")
        #expect(driver.holding == 0 && driver.budget.bytes == 0)
    }

    @Test func `a body for which there is no room is refused before it is read, and the next is taken`() {
        let budget = BufferBudget(limit: 100_000, limitOfAddress: 100_000)
        let first = MachineDriver(budget: budget)
        let second = MachineDriver(budget: budget)
        first.send(Self.post + "x")
        second.send(Self.post)
        #expect(second.events.contains(.refused(503)))
        #expect(second.events.statuses == [503] && !second.isClosed)
        // The client sends its body all the same, and comes again.
        second.send(text(Self.size))
        first.send(text(Self.size - 1))
        #expect(first.events.statuses == [200])
        second.send(Self.post + text(Self.size))
        #expect(second.events.statuses == [503, 200])
        #expect(budget.bytes == 0)
    }

    @Test func `ordinary requests are taken when there is no room for large ones`() {
        let budget = BufferBudget(limit: 0, limitOfAddress: 0)
        let driver = MachineDriver(budget: budget)
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n"
        for piece in [head, text(1_000), text(1_000)] { driver.send(piece) }
        for piece in [
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Enc", "oding: chunked\r\n\r\n3\r\nx", "yz\r\n0\r\n\r\n",
        ] {
            driver.send(piece)
        }
        // A large one that comes in one read is never held.
        driver.send(Self.post + text(Self.size))
        #expect(driver.events.statuses == [200, 200, 200])
    }

    @Test func `a body in chunks is counted as it grows`() {
        let budget = BufferBudget(limit: 50_000, limitOfAddress: 50_000)
        let driver = MachineDriver(budget: budget)
        driver.send(Self.chunked + text(20_000))
        #expect(driver.chargedBytes >= 20_000 && budget.bytes == driver.chargedBytes)
        driver.send(text(40_000))
        #expect(driver.events.statuses == [503])
        #expect(driver.holding == 0 && budget.bytes == 0)
    }

    @Test func `a head that comes slowly is counted, too`() {
        let budget = BufferBudget(limit: 10_000, limitOfAddress: 10_000)
        let driver = MachineDriver(budget: budget)
        driver.send("GET / HTTP/1.1\r\nX: " + text(6_000))
        #expect(budget.bytes >= 6_000)
        driver.send(text(6_000))
        #expect(driver.events.statuses == [503])
        #expect(budget.bytes == 0)
    }

    @Test
    func `requests behind one that waits are dropped where there is no room, and the client sees the end`() {
        let budget = BufferBudget(limit: 10_000, limitOfAddress: 10_000)
        let driver = MachineDriver(budget: budget)
        driver.answersAtOnce = false
        driver.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        driver.send("GET /2 HTTP/1.1\r\nHost: a\r\nX: " + text(12_000) + "\r\n\r\n")
        #expect(driver.holding == 0 && budget.bytes == 0)
        driver.answer()
        #expect(driver.events.statuses == [200])
        #expect(driver.events.contains(.wrote(200, keepsAlive: false)))
        driver.end()
        #expect(driver.isClosed)
    }

    @Test func `what lies behind a large request is kept in no more memory than it needs`() {
        let driver = MachineDriver()
        driver.answersAtOnce = false
        driver.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        driver.send(Self.post + text(Self.size) + "GET /3 HT")
        driver.answer()
        driver.answer()
        #expect(driver.keptBytes == 9 && driver.holding < 100)
        #expect(driver.budget.bytes == 0)
    }

    @Test func `a body is let go when it was handed over, before it is answered`() {
        let driver = MachineDriver()
        driver.answersAtOnce = false
        driver.send(Self.post + "x")
        driver.send(text(Self.size - 1))
        #expect(driver.events.statuses == [] && driver.holding == 0 && driver.budget.bytes == 0)
    }

    @Test func `what a connection holds is given back when it ends in the middle`() {
        let budget = BufferBudget(limit: 1_000_000, limitOfAddress: 1_000_000)
        for piece in [Self.post + "x", Self.chunked + text(20_000), "GET / HTTP/1.1\r\nX: " + text(6_000)] {
            let left = MachineDriver(budget: budget)
            left.send(piece)
            #expect(budget.bytes > 0)
            left.end()
            #expect(left.events.statuses == [400] && budget.bytes == 0)
            var lost: MachineDriver? = MachineDriver(budget: budget)
            lost?.send(piece)
            #expect(budget.bytes > 0)
            lost = nil
            #expect(budget.bytes == 0)
        }
    }

    @Test func `the peak is that since the last look`() {
        let budget = BufferBudget(limit: 10, limitOfAddress: 10)
        let share = BufferShare(budget, of: .testing(1))
        #expect(share.take(7))
        share.give(7)
        #expect(!share.take(11))
        #expect(budget.takePeak() == 7)
        #expect(budget.takePeak() == 0)
        #expect(share.take(4))
        #expect(budget.takePeak() == 4)
        #expect(budget.takePeak() == 4)
    }

    @Test func `bodies of one address that do not go on leave room for those of others`() {
        var configuration = HTTPServerConfiguration(maximumConnections: 100, maximumConnectionsPerAddress: 75)
        configuration.maximumBufferedBytes = 400_000
        #expect(configuration.maximumBufferedBytesPerAddress == 300_000)
        let budget = BufferBudget(
            limit: configuration.maximumBufferedBytes,
            limitOfAddress: configuration.maximumBufferedBytesPerAddress
        )
        let stalled = (0..<20).map { _ in MachineDriver(configuration, budget: budget) }
        for driver in stalled { driver.send(Self.post) }
        #expect(stalled.count { $0.events.statuses == [503] } == 16)
        let other = MachineDriver(configuration, budget: budget, address: .testing(2))
        for piece in [Self.post, text(Self.size)] { other.send(piece) }
        #expect(other.events.statuses == [200])
        // A proxy, whose address may have all connections, may have all the memory.
        configuration.maximumConnectionsPerAddress = 100
        #expect(configuration.maximumBufferedBytesPerAddress == 400_000)
    }

    @Test func `an answer that its client does not take is counted until it does`() async throws {
        // No deadline cuts the answer off while a busy machine keeps this test waiting.
        let server = try TestServer { $0.responseDeadline = .seconds(3_600) }
        let client = try server.client()
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        let isCounted = await TestServer.eventually { server.server.bufferedBytes > 0 }
        #expect(isCounted)
        let status = try client.answer().status
        #expect(status == 200)
        let isOver = await TestServer.eventually { server.server.bufferedBytes == 0 }
        #expect(isOver && server.server.takeBufferedPeak() > 0)
    }

    @Test func `an answer that its client does not take is cut off where there is no room`() async throws {
        let server = try TestServer { $0.maximumBufferedBytes = 1 << 20 }
        let client = try server.client()
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        let isClosed = await TestServer.eventually {
            server.server.takeBufferedPeak() == 0 && server.server.connections == 0
        }
        #expect(isClosed && server.server.bufferedBytes == 0)
    }
}
