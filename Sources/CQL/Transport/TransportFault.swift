internal import CUV

/// Why there is no channel to a node, or no longer.
struct TransportFault: Error, Hashable {
    /// What stage failed.
    enum Kind: Hashable {
        /// A name without an address.
        case resolution
        /// No TCP connection.
        case connection
        /// TLS was refused by one of the two sides.
        case encryption
        /// The connection was closed by the other side or by the network.
        case closed
        /// The deadline passed.
        case deadline
    }

    var kind: Kind
    /// Lower case, without the node's name.
    var reason: String
    /// What the person who runs the client can do about it, or nil.
    var hint: String?

    init(_ kind: Kind, _ reason: String, hint: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.hint = hint
    }

    /// Makes a fault of an error number of libuv's.
    init(_ kind: Kind, uv status: Int32) {
        self.init(kind, unsafe uv_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)")
    }
}
