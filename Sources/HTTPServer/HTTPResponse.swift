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
