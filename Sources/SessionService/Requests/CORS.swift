import HTTPServer

/// What a browser needs to hear before a page of another origin may see an answer.
///
/// Standard: https://fetch.spec.whatwg.org/#http-cors-protocol
enum CORS {
    /// The headers that pages may send beside those they always may: what the service reads.
    private static let requestHeaders = "Content-Type, Content-Encoding, Prefer"
    /// The headers that pages may read beside those they always may.
    private static let responseHeaders = "Allow, Accept-Encoding, Preference-Applied, Retry-After"
    /// How long a browser need not ask again; browsers ask before nearly every request where nothing is said.
    private static let preflightSeconds = 600

    /// The headers of every answer to a page of this origin.
    static func headers(origin: String) -> [(String, String)] {
        shared(origin) + [("Access-Control-Expose-Headers", responseHeaders)]
    }

    /// Whether a browser asks what a page may do, before it lets the page do it.
    static func isPreflight(_ head: HTTPRequestHead) -> Bool {
        head.method == .options && head.hasHeader("access-control-request-method")
    }

    /// The answer to that.
    static func preflight(_ route: Route, origin: String) -> HTTPResponse {
        HTTPResponse(
            status: 204,
            headers: shared(origin) + [
                ("Access-Control-Allow-Methods", route.allow),
                ("Access-Control-Allow-Headers", requestHeaders),
                ("Access-Control-Max-Age", String(preflightSeconds)),
            ]
        )
    }

    private static func shared(_ origin: String) -> [(String, String)] {
        [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    }
}
