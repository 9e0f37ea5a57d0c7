/// What a handler decides about a request when it has its head.
public enum HTTPAdmission: Sendable {
    /// Read the body, up to `limit` bytes; a larger one is answered `tooLarge`, then the connection closes.
    ///
    /// Every answer to the request gets `headers`, whoever makes it.
    case body(limit: Int, tooLarge: HTTPResponse, headers: [(String, String)] = [])
    /// Answer now, without the body.
    case answer(HTTPResponse)
}

/// Answers requests; one for each loop, made and called on that loop's thread only.
///
/// All functions run on the loop: while they do, no other connection of the loop is served. What takes more than a
/// millisecond belongs on another thread.
public protocol HTTPHandler: AnyObject {
    /// Returns whether a request without a body is answered although its connection is one too many: for probes.
    func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool

    /// Decides about a request when its head is there and its body is not.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission

    /// Takes a whole request; `respond` may be called at once, or later from any thread.
    ///
    /// `body` is valid during the call only; behind it lie `HTTPServer.bodyPadding` readable zero bytes.
    func handle(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, respond: HTTPResponder)

    /// Takes a whole request whose body has more than `HTTPServer.largeBodyBytes`; by default as any other.
    func handle(_ head: HTTPRequestHead, large body: HTTPBody, respond: HTTPResponder)
}

extension HTTPHandler {
    /// Handles a large request as any other, on the loop.
    public func handle(_ head: HTTPRequestHead, large body: HTTPBody, respond: HTTPResponder) {
        unsafe body.withBytes { unsafe handle(head, body: $0, respond: respond) }
    }
}

extension HTTPHandler {
    /// Nothing is answered beyond the limits unless a handler says so.
    public func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool { false }
}

/// What the server saw beside the requests that it handed to the handler, for metrics.
public enum HTTPObservation: Sendable, Hashable {
    /// A connection beyond the limits was told so.
    case connectionRefused(HTTPFault)
    /// A loop accepts nothing for a moment because the system does not let it; the clients wait. The texts say why, and
    /// what the person who runs the server can do about it.
    case acceptPaused(reason: String, hint: String?)
    /// A request was refused, or cut off, before a handler had it whole.
    case fault(HTTPFault)
    /// A client began a TLS handshake, and its connection was closed; its address is as a log shows it.
    case tlsHandshake(client: String)
    /// The body in chunks of a request that was admitted passed its limit, and was answered as the handler said.
    case bodyTooLarge(path: String, HTTPMethod)
}
