import Testing

@testable import HTTPServer

/// Answers that come before the request has come as a whole, or before the client stops sending.
@Suite struct DroppedBodyTests {
    @Test func `behind an early answer a body is dropped as long as it goes on, for the time of a body`() {
        func refusing(_ prepare: (MachineDriver) -> Void = { _ in }) -> MachineDriver {
            let driver = MachineDriver()
            driver.admission = { _ in .answer(HTTPResponse(status: 413)) }
            prepare(driver)
            driver.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            return driver
        }
        let silent = refusing()
        silent.wait(milliseconds: 2_000)
        #expect(silent.isClosed)

        let steady = refusing()
        for _ in 0..<19 {
            steady.wait(milliseconds: 1_500)
            steady.send("x")
        }
        #expect(!steady.isClosed)
        steady.wait(milliseconds: 1_500)
        #expect(steady.isClosed)

        let stopped = refusing { $0.stop() }
        stopped.wait(milliseconds: 1_500)
        stopped.send("x")
        stopped.wait(milliseconds: 500)
        #expect(stopped.isClosed)

        let slow = MachineDriver()
        slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        slow.wait(milliseconds: 30_000)
        #expect(slow.events.statuses == [408])
        slow.wait(milliseconds: 1_500)
        slow.send("x")
        slow.wait(milliseconds: 500)
        #expect(slow.isClosed)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n", 200),
        ("GET / HTTP/1.0\r\n\r\nx", 200),
    ])
    func `a last answer is not reset away while the client may still send`(_ text: String, _ status: Int) {
        let driver = MachineDriver()
        driver.send(text)
        #expect(driver.events.suffix(2) == [.wrote(status, keepsAlive: false), .finishedWriting])
        driver.send("more")
        #expect(!driver.isClosed && driver.wantsInput)
        driver.end()
        #expect(driver.isClosed)
    }

    @Test func `a refusal is not reset away where the client has more to send than has come`() {
        let slow = MachineDriver()
        slow.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")
        slow.wait(milliseconds: 30_000)
        #expect(slow.events.suffix(2) == [.wrote(408, keepsAlive: false), .finishedWriting])
        #expect(slow.wantsInput)

        let oneTooMany = MachineDriver(refusal: .tooManyConnections)
        oneTooMany.wait(milliseconds: 1_000)
        oneTooMany.send("GET / HT")
        oneTooMany.wait(milliseconds: 999)
        #expect(oneTooMany.events.isEmpty)
        oneTooMany.wait(milliseconds: 1)
        #expect(oneTooMany.events == [.refused(503), .wrote(503, keepsAlive: false), .finishedWriting])
        oneTooMany.wait(milliseconds: 1_999)
        oneTooMany.send(ConnectionTests.get)
        #expect(oneTooMany.events.count == 3)
        oneTooMany.wait(milliseconds: 1)
        #expect(oneTooMany.isClosed)
    }

    @Test func `an early answer keeps the connection where little is left to drop`() {
        let driver = MachineDriver()
        driver.admission = {
            $0.path == "/g" ? .body(limit: 0, tooLarge: .init(status: 413)) : .answer(.init(status: 404))
        }
        driver.send(Array((ConnectionTests.post + ConnectionTests.get).utf8)) { 1 }
        #expect(driver.events.statuses == [404, 200])

        let large = MachineDriver()
        large.admission = { _ in .answer(HTTPResponse(status: 404)) }
        large.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n" + ConnectionTests.get)
        #expect(large.events == [.admitted("/"), .wrote(404, keepsAlive: false), .finishedWriting])
        large.send([UInt8](repeating: 0, count: 1_000_000))
        #expect(!large.isClosed && large.wantsInput)
        for _ in 0..<63 { large.send([UInt8](repeating: 0, count: 1_048_576)) }
        #expect(!large.isClosed)
        large.send([UInt8](repeating: 0, count: 1_048_576))
        #expect(large.isClosed)
    }

    @Test func `a body that is dropped has the time of a body`() {
        let driver = MachineDriver()
        driver.admission = { _ in .answer(HTTPResponse(status: 404)) }
        driver.send(String(ConnectionTests.post.dropLast(3)))
        driver.wait(milliseconds: 29_999)
        driver.send("l")
        #expect(driver.events.statuses == [404] && !driver.isClosed)
        driver.wait(milliseconds: 1)
        #expect(driver.isClosed)
    }
}
