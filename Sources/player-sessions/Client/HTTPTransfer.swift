import CCurl
import Glibc

/// A service's response to one request.
struct HTTPAnswer: Sendable {
    var status: Int
    var body: [UInt8]
    /// The value of `Retry-After`; 0 if there is none.
    var retryAfterSeconds = 0
}

/// A request that got no response.
struct TransferError: Error, CustomStringConvertible {
    var description: String
    /// Whether the same request may succeed later.
    var isTransient: Bool
    /// Whether no connection was made.
    var isConnectionFailure: Bool

    init(_ code: CURLcode) {
        description = unsafe String(cString: curl_easy_strerror(code))
        isConnectionFailure = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST
        isTransient =
            isConnectionFailure
            || [
                CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
                CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_COULDNT_RESOLVE_PROXY,
            ].contains(code)
    }
}

/// Performs one request at a time with libcurl and keeps its connection for the next.
@safe final class HTTPTransfer {
    /// The easy handle, owned by this object.
    let handle: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var received: [UInt8] = []

    private static let connectTimeoutMilliseconds = 10_000
    private static let timeoutMilliseconds = 60_000
    /// More than any response of the service needs.
    private static let maximumResponseBytes = 16 << 20

    init(headers lines: [String] = []) throws(Failure) {
        guard HTTPTransfer.isLibraryReady, let handle = unsafe curl_easy_init() else {
            throw Failure("libcurl cannot be started")
        }
        unsafe self.handle = handle
        // "Expect:" keeps libcurl from waiting for 100 Continue.
        for line in lines + ["Expect:"] { unsafe headers = curl_slist_append(headers, line) }
        configure()
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// The hosts reached without a proxy: this machine, and those that the environment names.
    private static let hostsWithoutProxy: String = {
        let names = unsafe [getenv("no_proxy"), getenv("NO_PROXY")].compactMap { unsafe $0 }
        return unsafe (["localhost,127.0.0.1,::1"] + names.map { unsafe String(cString: $0) })
            .joined(separator: ",")
    }()

    private func configure() {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_CONNECTTIMEOUT_MS, HTTPTransfer.connectTimeoutMilliseconds)
        set(CURLOPT_TIMEOUT_MS, HTTPTransfer.timeoutMilliseconds)
        unsafe ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe ccurl_set_string(handle, CURLOPT_USERAGENT, "player-sessions/\(programVersion)")
        unsafe ccurl_set_string(handle, CURLOPT_NOPROXY, HTTPTransfer.hostsWithoutProxy)
        unsafe ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        // The handle never outlives this object and calls back only while it performs a transfer.
        unsafe ccurl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        unsafe ccurl_set_writer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            return unsafe transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe ccurl_set_long(handle, option, value)
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        // Returning less than was given makes libcurl fail the transfer.
        guard received.count + bytes.count <= HTTPTransfer.maximumResponseBytes else { return 0 }
        unsafe received.append(contentsOf: bytes)
        return bytes.count
    }

    func prepareGet(_ url: String) {
        received.removeAll(keepingCapacity: true)
        set(CURLOPT_HTTPGET, 1)
        unsafe ccurl_set_string(handle, CURLOPT_URL, url)
    }

    /// Prepares a POST with a copy of the body.
    func preparePost(_ url: String, body: [UInt8]) {
        received.removeAll(keepingCapacity: true)
        set(CURLOPT_POST, 1)
        set(CURLOPT_POSTFIELDSIZE, body.count)
        unsafe body.withUnsafeBytes {
            _ = unsafe ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
        }
        unsafe ccurl_set_string(handle, CURLOPT_URL, url)
    }

    /// Lets a signal end transfers from now on, within a second.
    func endAtSignals() {
        set(CURLOPT_NOPROGRESS, 0)
        unsafe ccurl_set_progress(handle, CURLOPT_XFERINFOFUNCTION) { _, _, _, _, _ in
            Interruption.isRequested ? 1 : 0
        }
    }

    /// Performs the prepared request and waits for the response.
    func perform() -> Result<HTTPAnswer, TransferError> {
        result(of: unsafe curl_easy_perform(handle))
    }

    /// Returns the response to the request that ended with this code.
    func result(of code: CURLcode) -> Result<HTTPAnswer, TransferError> {
        guard code == CURLE_OK else { return .failure(TransferError(code)) }
        var status = 0
        var seconds: curl_off_t = 0
        unsafe ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        unsafe ccurl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return .success(HTTPAnswer(status: status, body: received, retryAfterSeconds: Int(seconds)))
    }
}
