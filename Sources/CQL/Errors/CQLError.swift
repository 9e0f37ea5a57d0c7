internal import Text

/// Why a request or a connection failed, at which node and with which statement.
public struct CQLError: Error, Sendable {
    /// The node, such as `10.0.0.1:9042`; nil if none was chosen.
    public var node: String?
    /// The text of the statement; nil if the error is not about one.
    public var statement: String?
    /// The cause.
    public var cause: Cause
    /// What is known about the effects of the request.
    public var execution: Execution

    /// What is known about the effects of a failed request.
    public enum Execution: Sendable, Hashable {
        /// It certainly has no effect: it was not sent, or the server refused it.
        case notExecuted
        /// It may have been executed, in part or completely, or may still be.
        case mayHaveExecuted
        /// It was executed, but the response could not be used.
        case executed
    }

    /// The cause of an error.
    public indirect enum Cause: Sendable, Hashable {
        /// The server returned an error.
        case server(ServerError)
        /// The deadline of the request passed.
        case timedOut
        /// Too many requests are pending, or waiting for a stream or the socket.
        case overloaded
        /// The protocol cannot express the request.
        case invalidRequest(String)
        /// A column could not be read.
        case column(String, ValueFault)

        /// The connection was closed, by the client or the server.
        case connectionClosed
        /// The operating system or TLS reported an error in this operation.
        case transport(operation: String, message: String)
        /// The TLS handshake failed, or the node's certificate was refused.
        case encryption(message: String)
        /// The connection was not ready in time.
        case handshakeTimedOut
        /// The server did not answer a keepalive in time.
        case keepAliveTimedOut
        /// The server owes responses to too many requests that were given up.
        case tooManyOrphans(Int)
        /// The server does not support the protocol version that was offered.
        case versionRefused(offered: Int, ServerError)
        /// The server requires a name and a password for its authenticator, and none are configured.
        case credentialsRequired(authenticator: String)
        /// The server requires more than SASL PLAIN.
        case authenticationUnsupported(authenticator: String)
        /// The server violated the protocol.
        case protocolViolation(String)
        /// A checksum does not match: the bytes were damaged in transit.
        case damagedFrame
        /// The server announced a frame longer than the limit.
        case frameTooLong(length: Int, limit: Int)

        /// No node could be asked; each error is one node's reason.
        case noNodeAvailable([CQLError])
        /// The client was closed.
        case clientClosed
        /// The configuration cannot work.
        case configuration(String)
    }

    /// Creates an error.
    public init(
        _ cause: Cause,
        execution: Execution,
        node: String? = nil,
        statement: String? = nil
    ) {
        self.cause = cause
        self.execution = execution
        self.node = node
        self.statement = statement
    }

    /// The server's error, if that is the cause.
    public var serverError: ServerError? {
        switch cause {
        case .server(let error), .versionRefused(_, let error): error
        default: nil
        }
    }
}

extension CQLError: Hashable {}

extension CQLError {
    /// Whether connecting keeps failing for this reason until the configuration of the node or the client changes.
    ///
    /// Other errors may pass: a node that is starting refuses or closes connections.
    public var isLasting: Bool {
        switch cause {
        case .server, .credentialsRequired, .authenticationUnsupported: isAboutLogin
        case .encryption, .versionRefused, .configuration, .clientClosed: true
        // Each node has its own certificate and release, but who may log in is the same on all.
        case .noNodeAvailable(let errors):
            errors.contains(where: \.isAboutLogin) || !errors.isEmpty && errors.allSatisfy(\.isLasting)
        default: false
        }
    }

    private var isAboutLogin: Bool {
        switch cause {
        case .credentialsRequired, .authenticationUnsupported: true
        case .server(let error):
            // A node that cannot read its users because others are down also reports bad credentials.
            error.kind == .badCredentials && !error.message.hasPrefix("Unable to perform authentication")
        default: false
        }
    }
}

extension CQLError: CustomStringConvertible {
    /// The node, cause and statement, in one line that is safe to show.
    public var description: String {
        var text = reason
        if let statement { text += " [\(CQLError.shown(statement))]" }
        if execution == .mayHaveExecuted { text += "; it may have been executed" }
        return text
    }

    /// The node and cause.
    fileprivate var reason: String { node.map { "\($0): \(cause)" } ?? cause.description }

    /// The most characters of a statement, or of text from a node, that a message repeats.
    private static let shownCharacters = 500

    /// Returns the beginning of a text, in one line that is safe to show.
    static func shown(_ text: String) -> String {
        excerpt(text, characters: shownCharacters, bytes: 4 * shownCharacters)
    }
}

extension CQLError.Cause: CustomStringConvertible {
    /// The cause as text for people, in one line that is safe to show; text from a node is truncated.
    public var description: String {
        guard case .noNodeAvailable(let errors) = self else { return CQLError.shown(words) }
        guard !errors.isEmpty else { return "no node is known to be up" }
        let shown = errors.prefix(CQLError.Cause.shownNodes).map(\.reason).joined(separator: "; ")
        let others = errors.count - CQLError.Cause.shownNodes
        return "no node could be asked: " + shown + (others > 0 ? "; and \(others) more" : "")
    }

    /// The number of nodes whose errors a message lists.
    private static let shownNodes = 10

    private var words: String {
        switch self {
        case .server(let error): "\(error)"
        case .timedOut: "no answer came in time"
        case .overloaded: "too many requests wait already"
        case .invalidRequest(let reason): "the request is not valid: \(reason)"
        case .column(let name, let fault): "column \(name): \(fault)"
        case .connectionClosed: "the connection was closed"
        case .transport(let operation, let message): "\(operation): \(message)"
        case .encryption(let message): "encrypting the connection: \(message)"
        case .handshakeTimedOut: "the connection was not ready in time"
        case .keepAliveTimedOut: "the node does not answer"
        case .tooManyOrphans(let count):
            "the node still owes the answers of \(count) requests that were given up"
        case .versionRefused(let offered, let error):
            "version \(offered) of the protocol was refused: \(error)"
        case .credentialsRequired(let authenticator):
            "a name and a password are required (\(authenticator)), and none are configured"
        case .authenticationUnsupported(let authenticator):
            "\(authenticator) asks for more than a name and a password"
        case .protocolViolation(let what): "the node broke the protocol: \(what)"
        case .damagedFrame: "a frame was damaged on its way"
        case .frameTooLong(let length, let limit): "a frame of \(length) bytes is longer than \(limit)"
        case .noNodeAvailable: "no node could be asked"
        case .clientClosed: "the client was closed"
        case .configuration(let what): what
        }
    }
}
