/// Why the server itself responds to a request; the server's `renderFault` makes the response.
public enum HTTPFault: Error, Sendable, Hashable {
    /// The request is not HTTP/1.1, or is ambiguous; the text says what is wrong.
    case badRequest(String)
    /// The head did not arrive in time.
    case headTimeout
    /// The body did not arrive in time.
    case bodyTimeout
    /// The head has too many bytes.
    case headTooLarge
    /// The head has too many header fields.
    case tooManyHeaders
    /// The request's target is too long.
    case uriTooLong
    /// `Expect` asks for something other than `100-continue`.
    case expectationFailed
    /// The server does not know the method.
    case methodNotImplemented
    /// The version is neither HTTP/1.0 nor HTTP/1.1.
    case unsupportedVersion
    /// The limit of open connections is reached.
    case tooManyConnections
    /// The limit of open connections per address is reached.
    case tooManyConnectionsOfAddress
    /// The process cannot open more files.
    case outOfDescriptors
    /// The limit of buffered bytes of requests and responses is reached.
    case tooManyBytes
    /// The server is shutting down.
    case shuttingDown

    /// The status code of the response.
    public var status: Int {
        switch self {
        case .badRequest: 400
        case .headTimeout, .bodyTimeout: 408
        case .uriTooLong: 414
        case .expectationFailed: 417
        case .headTooLarge, .tooManyHeaders: 431
        case .methodNotImplemented: 501
        case .tooManyConnections, .tooManyConnectionsOfAddress, .outOfDescriptors, .tooManyBytes,
            .shuttingDown:
            503
        case .unsupportedVersion: 505
        }
    }

    /// What happened, in one sentence for the client's user.
    public var detail: String {
        switch self {
        case .badRequest(let reason): reason
        case .headTimeout: "The head of the request did not arrive in time."
        case .bodyTimeout: "The body of the request did not arrive in time."
        case .headTooLarge: "The head of the request is too large."
        case .tooManyHeaders: "The request has too many header fields."
        case .uriTooLong: "The target of the request is too long."
        case .expectationFailed: "The only expectation that is met is 100-continue."
        case .methodNotImplemented: "The method of the request is not known here."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .tooManyConnections: "Too many connections are open; try again later."
        case .tooManyConnectionsOfAddress:
            "Too many connections from this address are open; try again later."
        case .outOfDescriptors: "The service can open no more connections; try again later."
        case .tooManyBytes:
            "Too many large requests are being received; send the same request again later."
        case .shuttingDown: "The service is shutting down; try again later."
        }
    }
}
