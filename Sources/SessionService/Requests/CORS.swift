import HTTPServer

/// The headers that let a page of another origin see a response.
///
/// Standard: https://fetch.spec.whatwg.org/#http-cors-protocol
enum CORS {
    /// The headers that pages may send beside the safelisted ones: those that the service reads.
    private static let requestHeaders = "Content-Type, Content-Encoding, Prefer"
    /// The headers that pages may read beside the safelisted ones.
    private static let responseHeaders = "Allow, Accept-Encoding, Preference-Applied, Retry-After"
    /// How long browsers may cache a preflight response; by default they ask before nearly every request.
    private static let preflightSeconds = 600

    /// Returns the headers of every response to a page of this origin.
    static func headers(origin: String) -> [(String, String)] {
        shared(origin) + [("Access-Control-Expose-Headers", responseHeaders)]
    }

    /// Returns whether a browser asks what a page may do, before it lets the page do it.
    static func isPreflight(_ head: HTTPRequestHead) -> Bool {
        head.method == .options && head.hasHeader("access-control-request-method")
    }

    /// Returns the response to a preflight request.
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
