import Testing

@testable import HTTPServer

struct LoopbackTests {
    private func head(_ lines: String) throws -> HTTPRequestHead {
        let parser = HeadParser()
        let bytes = Array((lines + "\r\n\r\n").utf8)
        let fault = unsafe bytes.withUnsafeBytes {
            unsafe parser.parse($0, ConnectionLimits(HTTPServerConfiguration()))
        }
        try #require(fault == nil)
        return parser.head
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:5000", "localhost.", "localhost.:80", "a.localhost", "b.a.LocalHost.:1",
        "127.0.0.1", "127.0.0.1:5000", "127.255.255.255", "127.0.0.1.", "[::1]", "[::1]:5000",
        "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:1", "[::FFFF:7F00:1]",
    ])
    func `a host that only this machine can mean is one, with any port`(host: String) throws {
        #expect(try head("GET / HTTP/1.1\r\nHost: \(host)").isForLoopbackHost)
    }

    @Test(arguments: [
        "example.com", "localhost.example.com", "127.0.0.1.example.com", "127.0.0.1.nip.io:5000",
        "alocalhost",
        ".localhost", "local", "localhos", "localhost..", "128.0.0.1", "0.0.0.0", "10.0.0.1", "1270.0.0.1",
        "127.0.0",
        "127.0.0.0.1", "127.0.0.256", "127.1", "127..0.1", "127.0.0.1a", "0127.0.0.1", "[::2]", "[::]",
        "[1::1]",
        "[::ffff:10.0.0.1]", "[::ffff:0:127.0.0.1]", "[fe80::1]", "[::127.0.0.1]", "%6cocalhost",
        "2130706433",
    ])
    func `any other host is none`(host: String) throws {
        #expect(try !head("GET / HTTP/1.1\r\nHost: \(host)").isForLoopbackHost)
    }

    @Test func `a target that is a whole URL has the host, whatever Host says`() throws {
        let stranger = try head("GET http://stranger.example:1/p HTTP/1.1\r\nHost: localhost")
        #expect(stranger.host == "stranger.example:1" && !stranger.isForLoopbackHost)
        let own = try head("GET http://localhost/p HTTP/1.1\r\nHost: stranger.example")
        #expect(own.host == "localhost" && own.isForLoopbackHost)
    }

    @Test func `an old client that names no host means this machine`() throws {
        let old = try head("GET / HTTP/1.0\r\nAccept: */*")
        #expect(old.host == nil && old.isForLoopbackHost)
    }

    @Test(arguments: [
        ("Origin: null", true), ("ORIGIN: http://a", true), ("Sec-Fetch-Site: none", true),
        ("sec-fetch-site: cross-site", true), ("Sec-Fetch-Mode: navigate", false),
        ("Referer: http://a", false),
        ("Expect: 100-continue", false), ("Content-Length: 0", false),
    ])
    func `a browser is known by Origin and Sec-Fetch-Site`(field: String, isKnown: Bool) throws {
        #expect(try head("POST / HTTP/1.1\r\nHost: a\r\n\(field)").isFromBrowserPage == isKnown)
        // What an earlier request of the connection said is forgotten.
        let parser = HeadParser()
        for (text, expected) in [("\(field)\r\n", isKnown), ("", false)] {
            let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\n\(text)\r\n".utf8)
            _ = unsafe bytes.withUnsafeBytes {
                unsafe parser.parse($0, ConnectionLimits(HTTPServerConfiguration()))
            }
            #expect(parser.head.isFromBrowserPage == expected)
        }
    }

    @Test(arguments: [("127.0.0.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false)])
    func `a server knows whether only its machine can reach it`(host: String, isLoopback: Bool) throws {
        let server: HTTPServer
        do {
            server = try TestServer { $0.host = host }.server
        } catch let error as HTTPServerError where error.hint?.contains("no interface") == true {
            return  // A machine without IPv6.
        }
        #expect(server.isLoopback == isLoopback)
    }
}
