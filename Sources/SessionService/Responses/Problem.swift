import EventDecoding
import FairSharing
import HTTPServer
import PlayerSessions
import Text

/// An error response in the format of RFC 9457; every error of the service is rendered here.
struct Problem: Error {
    /// What is wrong, for programs; it determines the type, the title and the status.
    enum Kind: Hashable, Sendable {
        case bodyTooLarge
        case tooManyEvents
        case unsupportedEncoding
        case corruptBody
        case emptyBatch
        case invalidEvents
        case invalidQuery
        case notReady
        case overloaded
        case shuttingDown
        case storeFailed
        case hostNotAllowed
        case originNotAllowed
        /// No more than its status says.
        case status(Int)
    }

    var kind: Kind
    /// What is wrong with this request, for people.
    var detail: String
    var errors: [LineError] = []
    var headers: [(String, String)] = []

    init(_ kind: Kind, _ detail: String, errors: [LineError] = [], headers: [(String, String)] = []) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    static let contentType = "application/problem+json"

    /// Returns the response; `delays` supplies `Retry-After`, if a retry would help.
    func response(_ delays: RetryDelays) -> HTTPResponse {
        let retry = kind.retrySeconds.map { [("Retry-After", String(delays.seconds(in: $0)))] } ?? []
        let body = JSONWriter.object { json in
            json.name("type")
            json.string(kind.type)
            json.name("title")
            json.string(kind.title)
            json.name("status")
            json.number(kind.status)
            json.name("detail")
            json.string(detail)
            if kind == .invalidEvents {
                json.name("errors")
                json.lineErrors(errors)
            }
        }
        return HTTPResponse(
            status: kind.status,
            contentType: Problem.contentType,
            headers: headers + kind.headers + retry,
            body: body
        )
    }
}

extension Problem.Kind {
    var status: Int {
        switch self {
        case .bodyTooLarge, .tooManyEvents: 413
        case .unsupportedEncoding: 415
        case .corruptBody, .emptyBatch, .invalidEvents, .invalidQuery: 400
        case .notReady, .overloaded, .shuttingDown: 503
        case .storeFailed: 500
        case .hostNotAllowed: 421
        case .originNotAllowed: 403
        case .status(let status): status
        }
    }

    /// A stable name, for the response's type and the metrics; `nil` if the status says it all.
    var name: String? {
        switch self {
        case .bodyTooLarge: "body-too-large"
        case .tooManyEvents: "too-many-events"
        case .unsupportedEncoding: "unsupported-encoding"
        case .corruptBody: "corrupt-body"
        case .emptyBatch: "empty-batch"
        case .invalidEvents: "invalid-events"
        case .invalidQuery: "invalid-query"
        case .notReady: "not-ready"
        case .overloaded: "overloaded"
        case .shuttingDown: "shutting-down"
        case .storeFailed: "store-failed"
        case .hostNotAllowed: "host-not-allowed"
        case .originNotAllowed: "origin-not-allowed"
        case .status: nil
        }
    }

    /// A stable URI; `about:blank` if the status says it all (RFC 9457, section 4.2.1).
    var type: String {
        name.map { "urn:player-sessions:problem:\($0)" } ?? "about:blank"
    }

    var title: String {
        switch self {
        case .bodyTooLarge: "Body too large"
        case .tooManyEvents: "Too many events"
        case .unsupportedEncoding: "Content encoding not supported"
        case .corruptBody: "Body does not unpack"
        case .emptyBatch: "Batch without events"
        case .invalidEvents: "Invalid events"
        case .invalidQuery: "Invalid query"
        case .notReady: "Not ready"
        case .overloaded: "Overloaded"
        case .shuttingDown: "Shutting down"
        case .storeFailed: "Store failed"
        case .hostNotAllowed: "Host not allowed"
        case .originNotAllowed: "Origin not allowed"
        case .status(let status): "\(HTTPStatus.reasonPhrase(status))"
        }
    }

    /// The headers of every problem of this kind.
    var headers: [(String, String)] {
        self == .unsupportedEncoding ? [("Accept-Encoding", ContentEncoding.accepted)] : []
    }

    /// The range of seconds after which the client may retry; `nil` if a retry alone would not help.
    var retrySeconds: ClosedRange<Int>? {
        switch self {
        case .overloaded: ServiceLimits.overloadedRetrySeconds
        case .notReady, .shuttingDown: ServiceLimits.shutdownRetrySeconds
        default: nil
        }
    }
}

extension Problem {
    /// Makes the problem of a request or connection that the server itself refused.
    init(_ fault: HTTPFault) {
        switch fault {
        case .tooManyConnections, .tooManyConnectionsOfAddress, .outOfDescriptors, .tooManyBytes:
            self.init(.overloaded, fault.detail)
        case .shuttingDown: self.init(.shuttingDown, fault.detail)
        default: self.init(.status(fault.status), fault.detail)
        }
    }

    /// Makes the problem of a store error; its cause belongs in the log, not in the response.
    init(_ error: SessionStoreError) {
        switch error.kind {
        case .overloaded:
            self.init(
                .overloaded,
                "The store has too much to do, has no room for more, or cannot be reached; send the same request again later."
            )
        case .closing:
            self.init(.shuttingDown, "The service is shutting down; send the same request again later.")
        case .failed, .unusable:
            self.init(
                .storeFailed,
                "The store failed; a batch may or may not be stored. Send the same request again: a retry is safe."
            )
        }
    }

    static let unknownPath = Problem(
        .status(404),
        "There is nothing here. The service has \(Route.allCases.dropLast().map(\.path).joined(separator: ", "))."
    )

    static func method(_ method: HTTPMethod, of route: Route) -> Problem {
        Problem(
            .status(405),
            "\(route.path) takes \(route.allow), not \(excerpt(method.name)).",
            headers: [("Allow", route.allow)]
        )
    }
}

extension JSONWriter {
    /// Writes the errors of a batch: `[{"line": 3, "field": "ts", "message": "…"}]`.
    mutating func lineErrors(_ errors: [LineError]) {
        array(errors) { json, error in
            json.object { json in
                json.name("line")
                json.number(error.line)
                if let field = error.field {
                    json.name("field")
                    json.string(field.rawValue)
                }
                json.name("message")
                json.string(error.message)
            }
        }
    }
}

extension Problem {
    /// Returns the problem of too many `things` at once, such as "queries are running", of all clients or of this one.
    static func tooMany(_ things: String, _ refusal: SharedLimit<QueryClient>.Refusal) -> Problem {
        switch refusal {
        case .total: Problem(.overloaded, "Too many \(things); send the same request again later.")
        case .client:
            Problem(
                .overloaded,
                "Too many \(things) for this address; wait for their answers, then send the same request again."
            )
        }
    }
}
