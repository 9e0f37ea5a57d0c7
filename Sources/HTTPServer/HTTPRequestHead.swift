/// The head of a request: its bytes and the positions of its parts.
///
/// Strings are made only when they are asked for.
public struct HTTPRequestHead: Sendable {
    /// The position of a header field in `bytes`.
    struct Field: Sendable {
        var nameStart: Int32
        var nameCount: Int32
        var valueStart: Int32
        var valueCount: Int32
    }

    var bytes: [UInt8] = []
    var fields: [Field] = []
    var pathRange = 0..<0
    var queryRange: Range<Int>?
    /// The position of the authority, if the target is absolute, such as `http://host/path`.
    var authorityRange: Range<Int>?
    /// The position of the value of `Host`.
    var hostRange: Range<Int>?

    /// The method.
    public internal(set) var method = HTTPMethod.get
    /// The value of `Content-Length`; always `nil` if the request has `Transfer-Encoding`.
    public internal(set) var contentLength: Int?
    /// Whether the body is chunked.
    public internal(set) var isChunked = false
    /// Whether the request is HTTP/1.0.
    public internal(set) var isHTTP10 = false
    /// Whether a browser names the page that sent the request, by `Origin` or `Sec-Fetch-Site`.
    public internal(set) var isFromBrowserPage = false
    /// Whether the client allows the connection to be reused.
    var keepsAlive = true
    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue = false

    init() {}

    /// The target up to its `?`, with only the escapes of unreserved characters decoded.
    ///
    /// `/%6detrics` is `/metrics`, but `%2F` is not `/`. Costs no allocation up to 15 bytes.
    public var path: String {
        // The path of http://host is /, although the target has none.
        pathRange.isEmpty ? "/" : String(decoding: bytes[pathRange], as: UTF8.self)
    }

    /// The target after its first `?`, not decoded, or `nil` if it has none.
    public var query: String? {
        queryRange.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The requested host, with any port: the authority of an absolute target, else the value of `Host`.
    ///
    /// It may be empty (RFC 9112, sections 3.2 and 3.2.2).
    public var host: String? {
        (authorityRange ?? hostRange).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// Returns whether the path equals `text`; costs no allocation.
    public func hasPath(_ text: String) -> Bool {
        text.utf8.count == pathRange.count && bytes[pathRange].elementsEqual(text.utf8)
    }

    /// The bytes of `host`; costs no allocation.
    public var hostBytes: ArraySlice<UInt8>? {
        (authorityRange ?? hostRange).map { bytes[$0] }
    }

    /// Returns whether a field of this name, given in lower case, is present.
    public func hasHeader(_ lowercaseName: String) -> Bool {
        fields.contains { isNamed($0, lowercaseName) }
    }

    /// Returns the value of the first field of this name, given in lower case.
    public func firstValue(of lowercaseName: String) -> String? {
        fields.first { isNamed($0, lowercaseName) }.map(value)
    }

    /// Returns the values of all fields of this name, given in lower case, in order.
    public func values(of lowercaseName: String) -> [String] {
        var found: [String] = []
        for field in fields where isNamed(field, lowercaseName) { found.append(value(field)) }
        return found
    }

    func value(_ field: Field) -> String {
        String(decoding: valueBytes(field), as: UTF8.self)
    }

    func valueBytes(_ field: Field) -> ArraySlice<UInt8> {
        bytes[Int(field.valueStart)..<Int(field.valueStart + field.valueCount)]
    }

    func isNamed(_ field: Field, _ lowercaseName: String) -> Bool {
        let name = lowercaseName.utf8
        guard name.count == Int(field.nameCount) else { return false }
        var index = Int(field.nameStart)
        for letter in name {
            guard bytes[index].lowercased == letter else { return false }
            index += 1
        }
        return true
    }
}

extension HTTPRequestHead {
    /// Makes a head from its parts without validating them, for tests of handlers.
    public init(
        method: HTTPMethod,
        target: String,
        headers: [(String, String)] = [],
        contentLength: Int? = nil
    ) {
        self.init()
        self.method = method
        self.contentLength = contentLength
        bytes = Array(target.utf8)
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        pathRange = 0..<(mark ?? bytes.count)
        queryRange = mark.map { ($0 + 1)..<bytes.count }
        normalizePath()
        for (name, value) in headers {
            let start = Int32(bytes.count)
            bytes += Array(name.utf8) + Array(value.utf8)
            switch name.lowercased() {
            case "host": hostRange = (bytes.count - value.utf8.count)..<bytes.count
            case "origin", "sec-fetch-site": isFromBrowserPage = true
            default: break
            }
            let nameCount = Int32(name.utf8.count)
            fields.append(
                Field(
                    nameStart: start,
                    nameCount: nameCount,
                    valueStart: start + nameCount,
                    valueCount: Int32(value.utf8.count)
                )
            )
        }
    }
}
