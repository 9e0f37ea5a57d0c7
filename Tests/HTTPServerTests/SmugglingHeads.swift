import Testing

/// Requests that must be refused, with the status that refuses them.
struct RefusedRequest: CustomTestStringConvertible {
    var text: String
    var status: Int

    init(_ text: String, _ status: Int = 400) {
        self.text = text
        self.status = status
    }

    var testDescription: String { text.debugDescription }

    static let all: [RefusedRequest] =
        framing + hosts + lineEnds + fields + requestLines + chunks

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    static let framing: [RefusedRequest] = [
        .init(post("Content-Length: 1\r\nContent-Length: 1", "x")),
        .init(post("Content-Length: 1\r\nContent-Length: 2", "xy")),
        .init(post("Content-Length: 1, 1", "x")),
        .init(post("Content-Length: +1", "x")),
        .init(post("Content-Length: -1", "x")),
        .init(post("Content-Length: 0x1", "x")),
        .init(post("Content-Length: 1 1", "x")),
        .init(post("Content-Length:", "x")),
        .init(post("Content-Length: 9223372036854775808", "x")),
        .init(post("Content-Length: 18446744073709551617", "x")),
        .init(post("Content-Length: 1\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n")),
        .init(post("Transfer-Encoding: chunked\r\nContent-Length: 1", "1\r\nx\r\n0\r\n\r\n")),
        .init(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        .init(post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")),
        .init(post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")),
        .init(post("Transfer-Encoding: identity", "")),
        .init(post("Transfer-Encoding: xchunked", "0\r\n\r\n")),
        .init(post("Transfer-Encoding: \"chunked\"", "0\r\n\r\n")),
        .init(post("Transfer-Encoding:", "0\r\n\r\n")),
        .init("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .init(post("Expect: 200-ok", ""), 417),
        .init(post("Expect: 100-continue\r\nExpect: more", ""), 417),
    ]

    static let hosts: [RefusedRequest] = [
        .init("GET / HTTP/1.1\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n"),
        .init("GET http://a/ HTTP/1.1\r\n\r\n"),
        .init("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        .init("GET http:// HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: [zz]\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
        .init("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    static let lineEnds: [RefusedRequest] = [
        .init("GET / HTTP/1.1\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\n\n"),
        .init("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1\rHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
        .init("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\n\tX: a\r\n\r\n"),
        .init(String(repeating: "\r\n", count: 5) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    static let fields: [RefusedRequest] = [
        .init("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX: \u{7F}\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"),
        .init("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\nx"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX(: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX y: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\nÄ: b\r\n\r\n"),
        .init("GET / HTTP/1.1\r\nHost: a\r\n\0X: b\r\n\r\n"),
    ]

    static let requestLines: [RefusedRequest] = [
        .init("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        .init("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /\r\nHost: a\r\n\r\n"),
        .init("GET /\r\n\r\n"),
        .init("GET HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / http/1.1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/01.1\r\nHost: a\r\n\r\n"),
        .init("GET / ICY/1.1\r\nHost: a\r\n\r\n"),
        .init("SOURCE / ICE/1.0\r\nHost: a\r\n\r\n"),
        .init("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        .init("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        .init("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        .init("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        .init("FETCH / HTTP/1.1\r\nHost : a\r\n\r\n"),
        .init("FETCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"),
        .init("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        .init("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        .init("\u{16}\u{2}\u{1}\u{2}\0\u{1}\r\n\r\n"),
        .init("GET /" + String(repeating: "a", count: 8_192) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        .init("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        .init("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 17_000) + "\r\n\r\n", 431),
        .init("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: a\r\n", count: 100) + "\r\n", 431),
    ]

    static let chunks: [RefusedRequest] =
        [
            "1\nx\r\n0\r\n\r\n", "1\rXx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nxy\r\n0\r\n\r\n", "x\r\n",
            "\r\n\r\n",
            "-1\r\nx\r\n", "+1\r\nx\r\n", "0x1\r\nx\r\n", " 1\r\nx\r\n", "1 \r\nx\r\n",
            "10000000000000000\r\nx",
            "fffffffffffffffff\r\nx", "0000000000000001\r\nx", "1;\0\r\nx\r\n0\r\n\r\n",
            "1;a\nb\r\nx\r\n0\r\n\r\n",
            "0\r\n\n", "0\r\nX: a\n\r\n", "0\r\n X: a\r\n\r\n", "0\r\nX: \0\r\n\r\n", "0\r\n\rX",
            "0\r\nX\r\n\r\n", "0\r\n: a\r\n\r\n", "0\r\nX : a\r\n\r\n", "0\r\nX y: a\r\n\r\n",
            "0\r\nA: b\r\nX\r\n\r\n",
            "0\r\nX(: a\r\n\r\n", "0\r\nA: b\r\n folded\r\n\r\n",
            "1;" + String(repeating: "a", count: 5_000) + "\r\nx\r\n0\r\n\r\n",
        ].map { .init(post("Transfer-Encoding: chunked", $0)) } + [
            .init(post("Transfer-Encoding: chunked", "0\r\nX: " + String(repeating: "a", count: 9_000)), 431)
        ]
}
