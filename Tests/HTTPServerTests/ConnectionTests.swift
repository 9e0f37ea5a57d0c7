import Testing

@testable import HTTPServer

@Suite struct ConnectionTests {
    static let post = "POST /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    static let chunked =
        "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n02\r\nlo\r\n0\r\nT: v\r\n\r\n"
    static let get = "GET /g HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `requests cut anywhere give what they give at once`() {
        let stream = Array((Self.post + Self.chunked + "\r\n" + Self.get + Self.post).utf8)
        let whole = MachineDriver()
        whole.send(stream)
        #expect(whole.events.statuses == [200, 200, 200, 200])
        #expect(
            whole.events.contains(
                .delivered(method: "POST", path: "/c", query: nil, body: Array("hello".utf8))
            )
        )
        for cut in 1..<stream.count {
            let driver = MachineDriver()
            var first = true
            driver.send(stream) {
                defer { first = false }
                return first ? cut : .max
            }
            #expect(driver.events == whole.events, "cut at \(cut)")
        }
        let bytewise = MachineDriver()
        bytewise.send(stream) { 1 }
        #expect(bytewise.events == whole.events)
        #expect(bytewise.keptBytes == 0)
    }

    @Test func `a second request waits until the first is answered and written`() {
        let driver = MachineDriver()
        driver.answersAtOnce = false
        driver.writesAtOnce = false
        driver.send(Self.post + Self.get)
        #expect(!driver.events.contains(.admitted("/g")))
        #expect(!driver.wantsInput)
        driver.answer(201)
        #expect(!driver.events.contains(.admitted("/g")))
        driver.written()
        #expect(driver.events.contains(.admitted("/g")))
        driver.answer(202)
        driver.written()
        #expect(driver.events.statuses == [201, 202])
        #expect(driver.wantsInput)
    }

    @Test func `100 Continue is sent behind the admission and only where the body has not begun`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"
        let waiting = MachineDriver()
        waiting.send(head)
        #expect(waiting.events == [.admitted("/"), .sentContinue])
        waiting.send("ab")
        #expect(waiting.events.statuses == [200])

        let eager = MachineDriver()
        eager.send(head + "ab")
        #expect(!eager.events.contains(.sentContinue))
        #expect(eager.events.statuses == [200])

        let refused = MachineDriver()
        refused.admission = { _ in .answer(HTTPResponse(status: 415)) }
        refused.send(head)
        #expect(refused.events == [.admitted("/"), .wrote(415, keepsAlive: false), .finishedWriting])

        let tooLarge = MachineDriver()
        tooLarge.admission = { _ in .body(limit: 1, tooLarge: HTTPResponse(status: 413)) }
        tooLarge.send(head)
        #expect(tooLarge.events == [.admitted("/"), .wrote(413, keepsAlive: false), .finishedWriting])

        let old = MachineDriver()
        old.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(old.events == [.admitted("/")])
    }

    @Test func `a body up to the limit is taken and one above it is answered before it is read`() {
        for (limit, status) in [(5, 200), (4, 413)] {
            for text in [Self.post, Self.chunked] {
                for size in [Int.max, 1] {
                    let driver = MachineDriver()
                    driver.admission = { _ in .body(limit: limit, tooLarge: HTTPResponse(status: 413)) }
                    driver.send(Array(text.utf8)) { size }
                    #expect(driver.events.statuses == [status])
                    #expect(driver.events.contains(.finishedWriting) == (status == 413))
                }
            }
        }
    }

    @Test(arguments: [("GET / HT", [503]), (Self.get + String(Self.post.dropLast()), [200, 503])])
    func `a request that stalls does not hold a stop up, and is told to come again`(
        text: String,
        statuses: [Int]
    ) {
        let driver = MachineDriver()
        driver.send(text)
        driver.stop()
        driver.wait(milliseconds: 4_999)
        #expect(driver.events.statuses == statuses.dropLast())
        driver.wait(milliseconds: 1)
        #expect(driver.events.statuses == statuses)

        let finished = MachineDriver()
        finished.send(String(Self.post.dropLast()))
        finished.stop()
        finished.send("o")
        #expect(finished.events.statuses == [200] && finished.isClosed)
    }

    @Test func `a body in chunks above the limit is observed, with its path`() {
        let driver = MachineDriver()
        driver.admission = { _ in .body(limit: 4, tooLarge: HTTPResponse(status: 413)) }
        driver.send(Self.chunked)
        #expect(driver.events.contains(.observed(.bodyTooLarge(path: "/c", .post))))
    }

    @Test(arguments: ["FETCH", "get", "X-1", "QUERY"])
    func `a method that nobody knows is handed over, with its body`(_ method: String) {
        let driver = MachineDriver()
        driver.send("\(method) /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + Self.get)
        #expect(
            driver.events.contains(
                .delivered(method: method, path: "/p", query: "q", body: Array("hello".utf8))
            )
        )
        #expect(driver.events.statuses == [200, 200])
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: x, Close\r\n", false), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
    ])
    func `the connection stays where version and client want it`(
        _ version: String,
        _ field: String,
        _ stays: Bool
    ) {
        let driver = MachineDriver()
        driver.send("GET / \(version)\r\nHost: a\r\n\(field)\r\n")
        #expect(driver.events.contains(.wrote(200, keepsAlive: stays)))
        #expect(driver.isClosed != stays)
    }

    @Test func `a client that ends its input gets the answers it asked for`() {
        let driver = MachineDriver()
        driver.answersAtOnce = false
        driver.send(Self.get + Self.get)
        driver.end()
        driver.answer(200)
        #expect(!driver.isClosed)
        driver.answer(201)
        #expect(driver.events.statuses == [200, 201])
        #expect(driver.isClosed)
    }

    @Test(arguments: ["", "\r", "\r\n"])
    func `the end of the input between requests closes silently`(_ before: String) {
        let driver = MachineDriver()
        driver.send(before)
        driver.end()
        #expect(driver.isClosed && (before == "\r" || driver.events.statuses.isEmpty))
    }

    @Test func `the end of the input within a request is refused`() {
        for count in 1..<Self.chunked.utf8.count {
            let driver = MachineDriver()
            driver.send(String(decoding: Array(Self.chunked.utf8)[..<count], as: UTF8.self))
            driver.end()
            #expect(driver.events.statuses == [400], "after \(count) bytes")
            #expect(driver.isClosed)
        }
    }

    @Test func `each deadline counts from the beginning of its part`() {
        let head = MachineDriver()
        for _ in 0..<9 {
            head.send("G")
            head.wait(milliseconds: 1_000)
            #expect(head.events.isEmpty)
        }
        head.send("G")
        head.wait(milliseconds: 1_000)
        #expect(head.events.statuses == [408])

        let body = MachineDriver()
        body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        for _ in 0..<29 {
            body.send("x")
            body.wait(milliseconds: 1_000)
            #expect(body.events.statuses.isEmpty)
        }
        body.wait(milliseconds: 1_000)
        #expect(body.events.statuses == [408])
        body.wait(milliseconds: 2_000)
        #expect(body.isClosed)

        let idle = MachineDriver()
        idle.send(Self.get)
        idle.wait(milliseconds: 74_999)
        #expect(!idle.isClosed)
        idle.wait(milliseconds: 1)
        #expect(idle.isClosed && idle.events.statuses == [200])

        let writing = MachineDriver()
        writing.writesAtOnce = false
        writing.send(Self.get)
        writing.wait(milliseconds: 30_000)
        #expect(writing.isClosed)

        let answering = MachineDriver()
        answering.answersAtOnce = false
        answering.send(Self.get)
        answering.wait(milliseconds: 1_000_000)
        #expect(!answering.isClosed)
    }

    @Test func `a stop closes idle connections and lets the others finish`() {
        let idle = MachineDriver()
        idle.send(Self.get)
        idle.stop()
        idle.wait(milliseconds: 249)
        #expect(!idle.isClosed)
        idle.wait(milliseconds: 1)
        #expect(idle.isClosed)

        let late = MachineDriver()
        late.stop()
        late.wait(milliseconds: 100)
        late.send(Self.get)
        #expect(late.events.statuses == [200] && late.isClosed)

        let working = MachineDriver()
        working.answersAtOnce = false
        working.send(Self.get)
        working.stop()
        #expect(!working.isClosed)
        working.answer()
        #expect(working.events.contains(.wrote(200, keepsAlive: false)))
        #expect(working.isClosed)

        let sending = MachineDriver()
        sending.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
        sending.stop()
        sending.send("b")
        #expect(sending.events.contains(.wrote(200, keepsAlive: false)))
        #expect(sending.isClosed)
    }

    @Test func `what is refused after a HEAD request or an HTTP 1.0 one is answered by itself`() throws {
        for (before, after, status) in [
            ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "x\r\n\r\n", 400),
            ("HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / HT", 408),
        ] {
            let driver = MachineDriver()
            driver.send(before)
            driver.send(after)
            if status == 408 { driver.wait(milliseconds: 10_000) }
            #expect(driver.events.statuses == [200, status])
            let form = try #require(driver.form)
            #expect(!form.omitsBody && !form.isHTTP10)
        }
    }
}
