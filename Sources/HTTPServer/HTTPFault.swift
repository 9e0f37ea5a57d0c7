/// Why the server itself answers a request; the answer is rendered by whoever makes the server.
public enum HTTPFault: Error, Sendable, Hashable {
    /// The request is not HTTP/1.1, or can be read in two ways; the text says what is wrong.
    case badRequest(String)
    /// The head did not arrive in time.
    case headTimeout
    /// The body did not arrive in time.
    case bodyTimeout
    /// The head has more bytes than are taken.
    case headTooLarge
    /// The head has more header fields than are taken.
    case tooManyHeaders
    /// The request's target is longer than is taken.
    case uriTooLong
    /// `Expect` asks for something other than `100-continue`.
    case expectationFailed
    /// The method is one that this server does not know.
    case methodNotImplemented
    /// The version is neither HTTP/1.0 nor HTTP/1.1.
    case unsupportedVersion
    /// As many connections are open as may be.
    case tooManyConnections
    /// As many connections of one address are open as may be.
    case tooManyConnectionsOfAddress
    /// The process may open no more files.
    case outOfDescriptors
    /// As many bytes of requests and answers are held as may be.
    case tooManyBytes
    /// The server is about to end.
    case shuttingDown

    /// The status code of the answer.
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

    /// What happened, in a sentence for the person at the client.
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
