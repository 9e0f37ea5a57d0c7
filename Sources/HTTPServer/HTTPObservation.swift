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
