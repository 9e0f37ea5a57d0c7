/// The method of a request.
public enum HTTPMethod: Sendable, Hashable {
    /// Reads a resource.
    case get
    /// Reads a resource, without the body of its answer.
    case head
    /// Hands over a body.
    case post
    /// Replaces a resource.
    case put
    /// Removes a resource.
    case delete
    /// Asks what is possible.
    case options
    /// Changes a part of a resource.
    case patch
    /// A method that has no case of its own, as it is written on the wire.
    case other(String)

    /// Makes a method of its name on the wire; names are case-sensitive.
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
