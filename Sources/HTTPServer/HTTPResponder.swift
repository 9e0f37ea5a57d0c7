/// Takes the answer to one request: exactly once, from any thread, at any time.
///
/// An answer whose client is gone, a second one, or one after the server's end is dropped.
public struct HTTPResponder: Sendable {
    private let deliver: @Sendable (HTTPResponse) -> Void

    /// Makes a responder that hands the answer to `deliver`, for tests of handlers.
    public init(_ deliver: @escaping @Sendable (HTTPResponse) -> Void) {
        self.deliver = deliver
    }

    /// Sends the answer.
    public func callAsFunction(_ response: HTTPResponse) {
        deliver(response)
    }
}
