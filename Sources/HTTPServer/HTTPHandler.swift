/// A handler's decision about a request, made from its head.
public enum HTTPAdmission: Sendable {
    /// Read the body, up to `limit` bytes; for a larger one, respond with `tooLarge`, then close the connection.
    ///
    /// Every response to the request gets `headers`, also those that the server makes.
    case body(limit: Int, tooLarge: HTTPResponse, headers: [(String, String)] = [])
    /// Respond now, without reading the body.
    case answer(HTTPResponse)
}

/// Handles the requests of one loop; made and called on that loop's thread only.
///
/// While a function runs, the loop serves no other connection, so work of more than a millisecond belongs on another
/// thread.
public protocol HTTPHandler: AnyObject {
    /// Returns whether a request without a body is served on a connection beyond the limits, as probes are.
    func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool

    /// Decides about a request when its head has arrived and its body has not.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission

    /// Handles a complete request; `respond` may be called immediately, or later from any thread.
    ///
    /// `body` is valid during the call only and is followed by `HTTPServer.bodyPadding` readable zero bytes.
    func handle(_ head: HTTPRequestHead, body: UnsafeRawBufferPointer, respond: HTTPResponder)

    /// Handles a complete request whose body is larger than `HTTPServer.largeBodyBytes`; by default, as any other.
    func handle(_ head: HTTPRequestHead, large body: HTTPBody, respond: HTTPResponder)
}

extension HTTPHandler {
    /// Handles a large request on the loop, as any other.
    public func handle(_ head: HTTPRequestHead, large body: HTTPBody, respond: HTTPResponder) {
        unsafe body.withBytes { unsafe handle(head, body: $0, respond: respond) }
    }
}

extension HTTPHandler {
    /// Returns `false`: by default, nothing is served beyond the limits.
    public func servesBeyondLimits(_ head: HTTPRequestHead) -> Bool { false }
}

/// What the server reports for metrics, beside the requests it passes to the handler.
public enum HTTPObservation: Sendable, Hashable {
    /// A connection beyond the limits was refused.
    case connectionRefused(HTTPFault)
    /// A loop pauses accepting because the system refuses it; clients wait in the kernel's backlog.
    ///
    /// `reason` is the system's error, `hint` what the operator can do about it.
    case acceptPaused(reason: String, hint: String?)
    /// A request was refused or cut off before it reached the handler as a whole.
    case fault(HTTPFault)
    /// A client began a TLS handshake and its connection was closed; `client` is its address as text.
    case tlsHandshake(client: String)
    /// The chunked body of an admitted request exceeded its limit; the client got the handler's `tooLarge` response.
    case bodyTooLarge(path: String, HTTPMethod)
}
