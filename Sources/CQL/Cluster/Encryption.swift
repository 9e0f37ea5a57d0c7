/// How connections are encrypted: TLS 1.2 or newer, with nodes that prove who they are.
///
/// A node's certificate must be signed by one that is trusted, and name the node: the contact point's host where the
/// node was named as one, else the node's address, among its subject's alternative names. That cannot be turned off.
public struct Encryption: Sendable, Hashable {
    /// A file of the certificates to trust, in PEM form; nil trusts those that the system trusts.
    public var certificateAuthorityFile: String?

    /// Makes a description.
    public init(certificateAuthorityFile: String? = nil) {
        self.certificateAuthorityFile = certificateAuthorityFile
    }
}
