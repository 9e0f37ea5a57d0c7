import ByteBuffers
import Glibc

/// Serializes responses into one reused buffer; one writer per loop.
final class ResponseWriter {
    /// The most bytes of memory kept for the next response.
    private static let keptBytes = 262_144

    /// The bytes of the response serialized last.
    private(set) var output = ByteBuffer()
    private var second: time_t = -1
    private var date = ByteBuffer()

    /// Serializes a response into `output`.
    func compose(_ response: HTTPResponse, _ form: ResponseForm) {
        output.removeAll()
        output.trim(to: Self.keptBytes)
        appendStatus(response.status)
        appendDate(time(nil))
        if !response.contentType.isEmpty { append(name: "Content-Type", response.contentType) }
        for (name, value) in response.headers { append(name: name, value) }
        for (name, value) in form.headers { append(name: name, value) }
        if form.keepsAlive {
            if form.isHTTP10 { output.append("Connection: keep-alive\r\n") }
        } else {
            output.append("Connection: close\r\n")
        }
        let hasBody = response.status != 204 && response.status != 304
        if hasBody {
            output.append("Content-Length: ")
            output.append(decimal: response.body.count)
            output.append("\r\n")
        }
        output.append("\r\n")
        if hasBody, !form.omitsBody {
            unsafe response.body.withUnsafeBytes { unsafe output.append($0) }
        }
    }

    private func append(name: String, _ value: String) {
        let start = output.count
        output.append(name)
        output.append(": ")
        output.append(value)
        output.replaceControls(from: start)
        output.append("\r\n")
    }

    private func appendStatus(_ status: Int) {
        if status == 200 {
            output.append("HTTP/1.1 200 OK\r\n")
            return
        }
        output.append("HTTP/1.1 ")
        output.append(decimal: min(max(status, 200), 599))
        output.append(" ")
        output.append(HTTPStatus.reasonPhrase(status))
        output.append("\r\n")
    }

    /// Appends `Date`, which is rendered once a second.
    private func appendDate(_ now: time_t) {
        if now != second {
            second = now
            date.removeAll()
            date.append("Date: ")
            date.append(HTTPDate.text(now))
            date.append("\r\n")
        }
        unsafe output.append(date.bytes)
    }
}

/// The date format of HTTP (IMF-fixdate of RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Returns a time as text: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = unsafe "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let time = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return unsafe "\(day) \(parts.tm_year + 1900) \(time) GMT"
    }
}
