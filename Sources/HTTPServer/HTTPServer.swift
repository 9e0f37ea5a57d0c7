/// An HTTP/1.1 server: loops that accept and serve connections, each on a thread of its own.
public final class HTTPServer: Sendable {
    /// How many readable zero bytes lie behind every body.
    public static let bodyPadding = 64

    /// The port that the server listens at.
    public let port: Int

    /// Binds at once; connections wait until `start`.
    public init(
        _ configuration: HTTPServerConfiguration,
        renderFault: @escaping @Sendable (HTTPFault) -> HTTPResponse,
        observe: @escaping @Sendable (HTTPObservation) -> Void,
        makeHandler: @escaping @Sendable (Int) -> any HTTPHandler
    ) throws(HTTPServerError) {
        port = configuration.port
    }

    /// How many connections are open.
    public var connections: Int { 0 }

    /// Starts the threads.
    public func start() {}

    /// Stops accepting, closes idle connections, finishes the requests under way, and returns when all is closed.
    ///
    /// What is not finished after `grace` is cut.
    public func stop(grace: Duration) async {}
}
