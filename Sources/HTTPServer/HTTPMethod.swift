/// The method of a request.
public enum HTTPMethod: Sendable, Hashable {
    /// Reads a resource.
    case get
    /// Reads a resource; the response has no body.
    case head
    /// Submits a body.
    case post
    /// Replaces a resource.
    case put
    /// Deletes a resource.
    case delete
    /// Asks which methods are allowed.
    case options
    /// Changes part of a resource.
    case patch
    /// Any other method, by its name on the wire.
    case other(String)

    /// Makes a method from its name on the wire, which is case-sensitive.
    public init(_ name: String) {
        self =
            switch name {
            case "GET": .get
            case "HEAD": .head
            case "POST": .post
            case "PUT": .put
            case "DELETE": .delete
            case "OPTIONS": .options
            case "PATCH": .patch
            default: .other(name)
            }
    }

    /// The name on the wire.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .other(let name): name
        }
    }
}
