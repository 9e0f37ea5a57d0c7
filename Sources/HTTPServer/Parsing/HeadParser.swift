internal import CHTTPParser

/// Parses complete heads with http-parser; one per loop, and the only user of that library.
///
/// Debian's build of http-parser is lax: about spaces in the request line, bare line feeds and more. So `HeadScanner`
/// and the rules in `HTTPRequestHead` check the bytes too, and a head is accepted only if all agree.
@safe final class HeadParser {
    /// The head parsed last; its memory is reused if nobody else holds it.
    private(set) var head = HTTPRequestHead()

    /// An empty body, followed by `HTTPServer.bodyPadding` zero bytes.
    let noBody: UnsafeRawBufferPointer

    private let parser: UnsafeMutablePointer<http_parser>
    private let settings: UnsafeMutablePointer<http_parser_settings>
    private var start: UnsafePointer<CChar>?
    private var isComplete = false

    /// Lifts http-parser's process-wide limit of 80 KiB, which a larger `maximumHeadBytes` would exceed.
    private static let liftLimit: Void = http_parser_set_max_header_size(UInt32(Int32.max))

    init() {
        Self.liftLimit
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTPServer.bodyPadding, alignment: 16)
        unsafe zeros.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe noBody = UnsafeRawBufferPointer(start: zeros.baseAddress, count: 0)
        unsafe parser = .allocate(capacity: 1)
        unsafe settings = .allocate(capacity: 1)
        unsafe http_parser_settings_init(settings)
        unsafe settings.pointee.on_header_field = { parser, at, count in
            unsafe HeadParser.of(parser).took(name: at, count)
            return 0
        }
        unsafe settings.pointee.on_header_value = { parser, at, count in
            unsafe HeadParser.of(parser).took(value: at, count)
            return 0
        }
        unsafe settings.pointee.on_headers_complete = { parser in
            unsafe HeadParser.of(parser).tookHead()
            return 0
        }
    }

    deinit {
        unsafe noBody.deallocate()
        unsafe parser.deallocate()
        unsafe settings.deallocate()
    }

    /// Parses a head, from the method to the empty line, into `head`; returns why it is refused, or `nil`.
    func parse(_ bytes: UnsafeRawBufferPointer, _ limits: ConnectionLimits) -> HTTPFault? {
        unsafe head.reset(to: bytes)
        if let fault = head.readRequestLine(maximumTargetBytes: limits.maximumTargetBytes) { return fault }
        if let fault = head.refuseControls() { return fault }
        guard let base = bytes.baseAddress else { return .badRequest("The request is empty.") }
        unsafe start = base.assumingMemoryBound(to: CChar.self)
        isComplete = false
        begin()
        unsafe http_parser_execute(parser, settings, start, bytes.count)
        if unsafe http_errno(parser.pointee.http_errno) == HPE_INVALID_METHOD {
            unsafe executeOtherMethod(bytes)
        }
        unsafe start = nil
        // The scanner found the end of the head, so the parser must have found it, too.
        if let fault = unsafe fault(http_errno(parser.pointee.http_errno)) { return fault }
        guard isComplete else { return .badRequest("The head cannot be parsed.") }
        if head.fields.count > limits.maximumHeaders { return .tooManyHeaders }
        return head.applyRules()
    }

    private func begin() {
        unsafe http_parser_init(parser, HTTP_REQUEST)
        unsafe parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    /// Parses a head whose method http-parser does not know as if it were POST.
    ///
    /// The method is a valid token, as the request line's parser checked; the handler decides about methods per path.
    private func executeOtherMethod(_ bytes: UnsafeRawBufferPointer) {
        guard let start = unsafe start, let end = unsafe bytes.firstIndex(of: 32) else { return }
        begin()
        var post = Array("POST".utf8CString)
        unsafe http_parser_execute(parser, settings, &post, 4)
        unsafe http_parser_execute(parser, settings, start + end, bytes.count - end)
        head.method = unsafe .other(String(decoding: bytes[..<end], as: UTF8.self))
    }

    private func fault(_ error: http_errno) -> HTTPFault? {
        switch error {
        case HPE_OK: nil
        case HPE_INVALID_METHOD: .methodNotImplemented
        case HPE_INVALID_CONTENT_LENGTH, HPE_UNEXPECTED_CONTENT_LENGTH: head.contradictoryFraming
        case HPE_INVALID_TRANSFER_ENCODING:
            .badRequest("Transfer-Encoding is not chunked alone.")
        case HPE_INVALID_URL: .badRequest("The target is not a path.")
        case HPE_INVALID_HEADER_TOKEN: .badRequest("A header field has an invalid character.")
        default: .badRequest("The head cannot be parsed.")
        }
    }

    private static func of(_ parser: UnsafeMutablePointer<http_parser>?) -> HeadParser {
        guard let data = unsafe parser?.pointee.data else { preconditionFailure("http-parser lost its data") }
        return unsafe Unmanaged<HeadParser>.fromOpaque(data).takeUnretainedValue()
    }

    private func took(name: UnsafePointer<CChar>?, _ count: Int) {
        guard let start = unsafe start, let name = unsafe name else { return }
        let offset = unsafe Int32(name - start)
        head.fields.append(
            .init(nameStart: offset, nameCount: Int32(count), valueStart: offset, valueCount: 0)
        )
    }

    private func took(value: UnsafePointer<CChar>?, _ count: Int) {
        guard let start = unsafe start, let value = unsafe value, !head.fields.isEmpty else { return }
        let last = head.fields.count - 1
        head.fields[last].valueStart = unsafe Int32(value - start)
        head.fields[last].valueCount = Int32(count)
    }

    private func tookHead() {
        isComplete = true
        head.keepsAlive = unsafe http_should_keep_alive(parser) != 0
        let method = unsafe http_method(parser.pointee.method)
        head.method =
            switch method {
            case HTTP_GET: .get
            case HTTP_POST: .post
            case HTTP_HEAD: .head
            case HTTP_PUT: .put
            case HTTP_DELETE: .delete
            case HTTP_OPTIONS: .options
            case HTTP_PATCH: .patch
            default: .other(unsafe String(cString: http_method_str(method)))
            }
    }
}
