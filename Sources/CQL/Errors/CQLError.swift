internal import Text

/// What went wrong with a request or a connection: at which node, with which statement, and why.
public struct CQLError: Error, Sendable {
    /// The node, as in `10.0.0.1:9042`; nil where none was chosen.
    public var node: String?
    /// The statement's text; nil where the error is not about one.
    public var statement: String?
    /// Why.
    public var cause: Cause
    /// What is known about the request's effects.
    public var execution: Execution

    /// What is known about the effects of a request that failed.
    public enum Execution: Sendable, Hashable {
        /// It certainly has none: it was not sent, or the server refused it.
        case notExecuted
        /// It may have been executed, in part or as a whole, or may be later on.
        case mayHaveExecuted
        /// It was executed; only the answer could not be used.
        case executed
    }

    /// Why something went wrong.
    public indirect enum Cause: Sendable, Hashable {
        /// The server answered with an error.
        case server(ServerError)
        /// The request's deadline passed.
        case timedOut
        /// As many requests wait as may: for a stream, or for the socket.
        case overloaded
        /// The request does not fit into the protocol.
        case invalidRequest(String)
        /// A column could not be read.
        case column(String, ValueFault)

        /// The connection was closed, from our side or the server's.
        case connectionClosed
        /// The operating system or TLS reports: in which operation, what.
        case transport(operation: String, message: String)
        /// TLS was not agreed on, or the node's certificate was refused.
        case encryption(message: String)
        /// The connection was not ready within its time.
        case handshakeTimedOut
        /// The server did not answer a sign of life within its time.
        case keepAliveTimedOut
        /// Too many requests were given up, and the server still owes their answers.
        case tooManyOrphans(Int)
        /// The server does not speak the protocol's version that was offered.
        case versionRefused(offered: Int, ServerError)
        /// The server wants a name and a password, and none is configured; it names its authenticator.
        case credentialsRequired(authenticator: String)
        /// The server wants more than SASL PLAIN.
        case authenticationUnsupported(authenticator: String)
        /// The server's bytes break the protocol.
        case protocolViolation(String)
        /// A checksum does not match: the bytes were damaged on their way.
        case damagedFrame
        /// The server announces a longer frame than is taken.
        case frameTooLong(length: Int, limit: Int)

        /// No node could be asked: why each one could not.
        case noNodeAvailable([CQLError])
        /// The client was closed.
        case clientClosed
        /// The configuration cannot work.
        case configuration(String)
    }

    /// Makes an error.
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

    /// The server's error, where that is the cause.
    public var serverError: ServerError? {
        switch cause {
        case .server(let error), .versionRefused(_, let error): error
        default: nil
        }
    }
}

extension CQLError: Hashable {}

extension CQLError {
    /// Whether connecting fails for this reason until somebody changes a configuration, the node's or the client's.
    ///
    /// Otherwise waiting can help: a node that starts refuses connections, or closes them.
    public var isLasting: Bool {
        switch cause {
        case .server, .credentialsRequired, .authenticationUnsupported: isAboutLogin
        case .encryption, .versionRefused, .configuration, .clientClosed: true
        // Each node has a certificate and a release of its own; who may log in is the same on all.
        case .noNodeAvailable(let errors):
            errors.contains(where: \.isAboutLogin) || !errors.isEmpty && errors.allSatisfy(\.isLasting)
        default: false
        }
    }

    private var isAboutLogin: Bool {
        switch cause {
        case .credentialsRequired, .authenticationUnsupported: true
        case .server(let error):
            // A node that cannot read its users, because others are down, says so in place of an answer.
            error.kind == .badCredentials && !error.message.hasPrefix("Unable to perform authentication")
        default: false
        }
    }
}

extension CQLError: CustomStringConvertible {
    /// Node, cause and statement, in one line that is safe to show.
    public var description: String {
        var text = reason
        if let statement { text += " [\(CQLError.shown(statement))]" }
        if execution == .mayHaveExecuted { text += "; it may have been executed" }
        return text
    }

    /// Node and cause.
    fileprivate var reason: String { node.map { "\($0): \(cause)" } ?? cause.description }

    /// The most characters of a statement, or of a text that a node sent, that a message repeats.
    private static let shownCharacters = 500

    /// Returns the beginning of a text, in one line that is safe to show.
    static func shown(_ text: String) -> String {
        excerpt(text, characters: shownCharacters, bytes: 4 * shownCharacters)
    }
}

extension CQLError.Cause: CustomStringConvertible {
    /// The cause for a person to read, in one line that is safe to show; what a node sent is cut.
    public var description: String {
        guard case .noNodeAvailable(let errors) = self else { return CQLError.shown(words) }
        guard !errors.isEmpty else { return "no node is known to be up" }
        let shown = errors.prefix(CQLError.Cause.shownNodes).map(\.reason).joined(separator: "; ")
        let others = errors.count - CQLError.Cause.shownNodes
        return "no node could be asked: " + shown + (others > 0 ? "; and \(others) more" : "")
    }

    /// Of how many nodes a message says why they could not be asked.
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
