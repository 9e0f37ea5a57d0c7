/// A response, as a handler returns it.
///
/// The server adds `Date`, `Content-Length` and `Connection`; they must not be among `headers`.
public struct HTTPResponse: Sendable {
    /// The status code, 200 to 599.
    public var status: Int
    /// The value of `Content-Type`; if empty, the header is omitted.
    public var contentType: String
    /// Further headers, as names and values, in the order they are sent.
    ///
    /// Control characters in them are sent as spaces, so that no value can add a header or split the response.
    public var headers: [(String, String)]
    /// The body; a response to HEAD has only its `Content-Length`.
    public var body: [UInt8]

    /// Makes a response.
    public init(
        status: Int,
        contentType: String = "",
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// Takes the response to one request: exactly once, from any thread, at any time.
///
/// A second response, or one after the client or the server is gone, is dropped.
public struct HTTPResponder: Sendable {
    private enum Way {
        case loop(LoopMailbox, slot: Int, ticket: UInt64)
        case function(@Sendable (HTTPResponse) -> Void)
    }

    /// The client's address as a number: an IPv4 address, or the /64 network of an IPv6 address.
    ///
    /// Fair scheduling identifies clients by it; all clients behind a proxy are one.
    public let client: UInt64

    private let way: Way

    /// Makes a responder that passes the response to `deliver`, for tests of handlers.
    public init(client: UInt64 = 0, _ deliver: @escaping @Sendable (HTTPResponse) -> Void) {
        self.client = client
        way = .function(deliver)
    }

    init(_ mailbox: LoopMailbox, slot: Int, ticket: UInt64, client: UInt64) {
        self.client = client
        way = .loop(mailbox, slot: slot, ticket: ticket)
    }

    /// Sends the response.
    public func callAsFunction(_ response: HTTPResponse) {
        switch way {
        case .loop(let mailbox, let slot, let ticket): mailbox.post(slot: slot, ticket: ticket, response)
        case .function(let deliver): deliver(response)
        }
    }
}
