import Testing

@testable import HTTPServer

@Suite struct RefusalTests {
    @Test(arguments: RefusedRequest.all)
    func `a request that can be read in two ways is refused and nothing follows it`(_ request: RefusedRequest)
    {
        for size in [Int.max, 1, 7] {
            let driver = MachineDriver()
            driver.send(Array((request.text + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").utf8)) { size }
            #expect(driver.events.statuses == [request.status], "in pieces of \(size)")
            #expect(!driver.events.contains(.admitted("/smuggled")))
            #expect(driver.events.contains(.wrote(request.status, keepsAlive: false)))
            driver.end()
            #expect(driver.isClosed)
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost:5000\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n",
        "GET / HTTP/1.1\r\nhOsT:a\t \r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \t \r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: b/c d\r\n\r\n",
        "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET HTTP://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \u{80}ä\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a=\"b\"\r\nX: y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:\r\nY:a:b c\r\n\r\n",
    ])
    func `a request that is unusual and clear is taken`(_ text: String) {
        for size in [Int.max, 1] {
            let driver = MachineDriver()
            driver.send(Array(text.utf8)) { size }
            #expect(driver.events.first == .admitted("/"))
            #expect(driver.events.statuses == [200])
        }
    }

    @Test(arguments: [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], ["Content-Length", "Transfer-Encoding"]),
        (["transfer-encoding:chunked", "CONTENT-LENGTH:5"], ["Content-Length", "Transfer-Encoding"]),
        (["Content-Length: 5", "X: y", "Content-Length: 6"], ["Content-Length", "2 times (5 and 6)"]),
        (["Content-Length: 7", "content-length:\t7 "], ["2 times (7 and 7)"]),
        (["Content-Length: 5, 5"], ["Content-Length is not one number"]),
        (["Content-Length: x"], ["Content-Length is not one number"]),
        (["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding is not chunked alone"]),
    ])
    func `a body whose length is told in two ways is refused with both named`(
        fields: [String],
        parts: [String]
    ) throws {
        let driver = MachineDriver()
        driver.send("POST / HTTP/1.1\r\nHost: a\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n0\r\n\r\n")
        #expect(driver.events.statuses == [400])
        let detail = try #require(driver.faults.first).detail
        for part in parts { #expect(detail.contains(part), "\(detail)") }
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{FC}\u{3}\u{3}", "\u{16}\u{3}",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n\u{16}\u{3}\u{4}",
    ])
    func `a TLS handshake is recognized at its first bytes and closed without an answer`(text: String) {
        for size in [Int.max, 1] {
            let driver = MachineDriver()
            driver.send(Array(text.utf8)) { size }
            #expect(Array(driver.events.suffix(2)) == [.refusedTLS, .closed])
            #expect(driver.events.statuses == (text.hasPrefix("GET") ? [200] : []))
        }
    }

    @Test func `the limits hold to the byte`() {
        let fixed = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
        for (extra, status) in [(0, 200), (1, 431)] {
            let driver = MachineDriver()
            let value = String(repeating: "x", count: 16_384 - fixed + extra)
            driver.send("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n")
            #expect(driver.events.statuses == [status])
        }
        for (count, status) in [(8_192, 200), (8_193, 414)] {
            let driver = MachineDriver()
            let target = "/" + String(repeating: "x", count: count - 1)
            driver.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(driver.events.statuses == [status])
        }
        for (count, status) in [(99, 200), (100, 431)] {
            let driver = MachineDriver()
            driver.send("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: count))\r\n")
            #expect(driver.events.statuses == [status])
        }
    }
}
