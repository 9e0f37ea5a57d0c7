import Foundation
import HTTPServer

/// An answer as a client sees it.
struct Answer {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// The body, of JSON without the newline at its end, which `AnswerNewlineTests` looks at.
    var text: String {
        let isJSON = contentType?.hasSuffix("json") == true
        return String(decoding: isJSON && body.last == 0x0A ? body.dropLast() : body[...], as: UTF8.self)
    }

    var contentType: String? { self["content-type"] }

    /// The value of a header, whose name is given in lower case.
    subscript(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    /// The body as a JSON object; empty where it is none.
    var json: [String: Any] {
        let object = try? JSONSerialization.jsonObject(with: Data(body))
        return object as? [String: Any] ?? [:]
    }

    /// What `Retry-After` says.
    var retryAfter: Int? { self["retry-after"].flatMap { Int($0) } }

    var detail: String { json["detail"] as? String ?? "" }

    /// The listed errors as `line field`, or `line` alone where no field is named.
    func errors(_ member: String = "errors") -> [String]? {
        (json[member] as? [[String: Any]])?.map { error in
            let line = error["line"] as? Int ?? -1
            let field = error["field"] as? String
            return field.map { "\(line) \($0)" } ?? "\(line)"
        }
    }

    /// Whether this is an error as RFC 9457 and the contract want it.
    var isProblem: Bool {
        contentType == "application/problem+json" && json["status"] as? Int == status
            && json["type"] is String && json["title"] is String && !detail.isEmpty
    }
}

extension Answer {
    init(_ response: HTTPResponse) {
        let type = [("Content-Type", response.contentType)]
        self.init(
            status: response.status,
            headers: (type + response.headers).map { (name: $0.0, value: $0.1) },
            body: response.body
        )
    }
}
