import Compression
import HTTPServer

/// How a body is packed, as `Content-Encoding` says (RFC 9110, section 8.4).
enum ContentEncoding: Hashable, Sendable {
    case identity
    case compressed(CompressionFormat)
    /// One that is not understood, or several at once; the text is the header's value.
    case unsupported(String)

    /// What is understood, as `Accept-Encoding` lists it.
    static let accepted = "gzip, zstd, identity"

    init(_ head: HTTPRequestHead) {
        self.init(values: head.values(of: "content-encoding"))
    }

    init(values: [String]) {
        guard !values.isEmpty else {
            self = .identity
            return
        }
        let text = values.joined(separator: ", ")
        let codings = text.split(separator: ",").map { coding in
            Preferences.trimmed(coding).lowercased()
        }
        let named = codings.filter { !$0.isEmpty }
        switch named.first {
        case nil, "identity": self = .identity
        case "gzip", "x-gzip": self = .compressed(.gzip)
        case "zstd": self = .compressed(.zstd)
        default: self = .unsupported(text)
        }
        if named.count > 1 { self = .unsupported(text) }
    }
}

extension Character {
    /// The optional white space of HTTP fields.
    var isHTTPSpace: Bool { self == " " || self == "\t" }
}
