import Compression
import EventDecoding
import HTTPServer

/// The encoding of a body, from `Content-Encoding` (RFC 9110, section 8.4).
enum ContentEncoding: Hashable, Sendable {
    case identity
    case compressed(CompressionFormat)
    /// An unknown encoding, or several; the text is the header's value.
    case unsupported(String)

    /// The supported encodings, as `Accept-Encoding` lists them.
    static let accepted = "gzip, zstd, identity"

    /// Where the bytes of a body come from, once its encoding is undone.
    var place: BodyForm.Place { self == .identity ? .request : .unpackedRequest }

    init(_ head: HTTPRequestHead) {
        self.init(values: head.values(of: "content-encoding"))
    }

    init(values: [String]) {
        guard !values.isEmpty else {
            self = .identity
            return
        }
        let text = values.joined(separator: ", ")
        let named = Array(text.utf8).split(separator: UInt8(ascii: ",")).lazy
            .map(HTTPText.trimmed).filter { !$0.isEmpty }.prefix(2)
        guard let coding = named.first else {
            self = .identity
            return
        }
        if named.dropFirst().first != nil {
            self = .unsupported(text)
        } else if HTTPText.isEqual(coding, "identity") {
            self = .identity
        } else if HTTPText.isEqual(coding, "gzip") || HTTPText.isEqual(coding, "x-gzip") {
            self = .compressed(.gzip)
        } else if HTTPText.isEqual(coding, "zstd") {
            self = .compressed(.zstd)
        } else {
            self = .unsupported(text)
        }
    }
}
