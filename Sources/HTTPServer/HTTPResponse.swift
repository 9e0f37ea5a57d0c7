/// An answer, as a handler gives it.
///
/// `Date`, `Content-Length` and `Connection` are the server's and must not be among `headers`.
public struct HTTPResponse: Sendable {
    /// The status code, 200 to 599.
    public var status: Int
    /// The value of `Content-Type`; empty leaves the header out.
    public var contentType: String
    /// Further headers: name and value, in the order they are sent.
    ///
    /// Control characters in them are sent as spaces, so that no value can add a header or split the answer.
    public var headers: [(String, String)]
    /// The body; not sent in answer to HEAD, where it gives `Content-Length` alone.
    public var body: [UInt8]

    /// Makes an answer.
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

/// Takes the answer to one request: exactly once, from any thread, at any time.
///
/// An answer whose client is gone, a second one, or one after the server's end is dropped.
public struct HTTPResponder: Sendable {
    private enum Way {
        case loop(LoopMailbox, slot: Int, ticket: UInt64)
        case function(@Sendable (HTTPResponse) -> Void)
    }

    /// The client's address as a number: that of an IPv4 address, or of the network (/64) of an IPv6 address.
    ///
    /// Who wants clients to take turns goes by it; behind a proxy all are one.
    public let client: UInt64

    private let way: Way

    /// Makes a responder that hands the answer to `deliver`, for tests of handlers.
    public init(client: UInt64 = 0, _ deliver: @escaping @Sendable (HTTPResponse) -> Void) {
        self.client = client
        way = .function(deliver)
    }

    init(_ mailbox: LoopMailbox, slot: Int, ticket: UInt64, client: UInt64) {
        self.client = client
        way = .loop(mailbox, slot: slot, ticket: ticket)
    }

    /// Sends the answer.
    public func callAsFunction(_ response: HTTPResponse) {
        switch way {
        case .loop(let mailbox, let slot, let ticket): mailbox.post(slot: slot, ticket: ticket, response)
        case .function(let deliver): deliver(response)
        }
    }
}
