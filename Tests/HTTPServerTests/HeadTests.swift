import Testing

@testable import HTTPServer

@Suite struct HeadTests {
    private func parse(_ text: String) -> HTTPRequestHead? {
        let parser = HeadParser()
        var text = text
        let fault = text.withUTF8 {
            unsafe parser.parse(UnsafeRawBufferPointer($0), ConnectionLimits(HTTPServerConfiguration()))
        }
        return fault == nil ? parser.head : nil
    }

    @Test func `a head gives its parts`() throws {
        let head = try #require(
            parse(
                "PUT /a/%20b?c=d?e HTTP/1.1\r\nHost: a\r\nPrefer:  x \r\nEMPTY:\r\nprefer: y\r\nContent-Length: 12\r\n\r\n"
            )
        )
        #expect(head.method == .put)
        #expect(head.path == "/a/%20b")
        #expect(head.query == "c=d?e")
        #expect(head.values(of: "prefer") == ["x", "y"])
        #expect(head.firstValue(of: "prefer") == "x")
        #expect(head.firstValue(of: "empty") == "")
        #expect(head.firstValue(of: "pref") == nil)
        #expect(head.hasHeader("host") && !head.hasHeader("accept"))
        #expect(head.contentLength == 12 && !head.isChunked)
    }

    @Test(arguments: [
        ("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
        ("OPTIONS", .options), ("PATCH", .patch), ("TRACE", .other("TRACE")),
        ("M-SEARCH", .other("M-SEARCH")),
    ])
    func `methods are known by their names`(_ name: String, _ method: HTTPMethod) {
        #expect(parse("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n")?.method == method)
        #expect(HTTPMethod(name) == method && method.name == name)
    }

    @Test func `an absolute target gives path and query`() {
        let head = parse("GET http://h:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head?.path == "/p" && head?.query == "q")
        let bare = parse("GET http://h?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bare?.path == "/" && bare?.query == "q")
        #expect(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")?.path == "*")
        #expect(parse("GET /? HTTP/1.1\r\nHost: a\r\n\r\n")?.query == "")
    }

    @Test(arguments: [
        ("/%6detrics", "/metrics"), ("/%6Detrics%2e%7E%2D%5f", "/metrics.~-_"), ("/a%2Fb", "/a%2Fb"),
        ("/a%2fb%3Fc%25", "/a%2fb%3Fc%25"), ("/%", "/%"), ("/%6", "/%6"), ("/%6x", "/%6x"),
        ("/%zz%61", "/%zza"),
        ("/%2561", "/%2561"), ("/%c3%a4", "/%c3%a4"), ("http://h/%61?%61", "/a"),
    ])
    func `escapes of unreserved characters are decoded in the path and nothing else is`(
        target: String,
        path: String
    ) throws {
        let head = try #require(parse("GET \(target) HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"))
        #expect(head.path == path)
        #expect(head.query == (target.hasSuffix("?%61") ? "%61" : nil))
        #expect(head.firstValue(of: "x") == "y")
        #expect(HTTPRequestHead(method: .get, target: target).path.hasSuffix(path))
    }

    @Test func `the authority of an absolute target counts in place of Host`() {
        #expect(parse("GET http://h:1/p HTTP/1.1\r\nHost: a b\r\n\r\n")?.host == "h:1")
        #expect(parse("GET /p HTTP/1.1\r\nHost: a:2\r\n\r\n")?.host == "a:2")
        #expect(parse("GET /p HTTP/1.1\r\nHost:\r\n\r\n")?.host == "")
        #expect(parse("GET /p HTTP/1.0\r\n\r\n")?.host == nil)
    }

    @Test func `a head that is kept does not change when the next is parsed`() {
        let parser = HeadParser()
        let limits = ConnectionLimits(HTTPServerConfiguration())
        var first = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"
        var second = "PUT /second HTTP/1.1\r\nHost: b\r\nX: y\r\n\r\n"
        first.withUTF8 { _ = unsafe parser.parse(UnsafeRawBufferPointer($0), limits) }
        let kept = parser.head
        second.withUTF8 { _ = unsafe parser.parse(UnsafeRawBufferPointer($0), limits) }
        #expect(kept.path == "/first" && kept.firstValue(of: "host") == "a")
        #expect(parser.head.path == "/second")
    }

    @Test func `a head for tests reads like one from the wire`() {
        let head = HTTPRequestHead(
            method: .post,
            target: "/a?b",
            headers: [("Prefer", "x")],
            contentLength: 1
        )
        #expect(head.path == "/a" && head.query == "b" && head.firstValue(of: "prefer") == "x")
    }
}
