import EventDecoding
import HTTPServer

/// Reads the arguments of one loop's queries, from bodies and from URLs.
final class QueryReader {
    private let reader: BodyReader
    private var decoder = QueryDecoder()

    init(_ reader: BodyReader) {
        self.reader = reader
    }

    /// Returns the arguments of a query whose argument names are `known`; `example` is a valid body, for messages.
    ///
    /// GET and HEAD have them in the URL, and their body is ignored; POST has them in the body, and none in the URL.
    func arguments(
        _ head: HTTPRequestHead,
        _ body: UnsafeRawBufferPointer,
        known: [String],
        example: String
    ) throws(Problem) -> QueryArguments {
        let parameters = try QueryString.parameters(head.query ?? "")
        guard head.method == .post else {
            return try QueryArguments(parameters, in: .parameter, known: known)
        }
        if let stray = parameters.first {
            throw .query(
                "The URL of a POST takes no parameters, but it has \(QueryArguments.shown(stray.name)): put them into the"
                    + " body, or use GET."
            )
        }
        let encoding = ContentEncoding(head)
        let decoded = unsafe try reader.read(body, encoding) { text in
            Result { () throws(Problem) in
                do throws(QueryBodyError) {
                    return unsafe try decoder.decode(text)
                } catch {
                    let form = unsafe BodyForm(recognizing: text.bindMemory(to: UInt8.self).span)
                    throw QueryReader.problem(error, form, in: encoding.place, example: example)
                }
            }
        }
        return try QueryArguments(try decoded.get(), in: .member, known: known)
    }

    private static func problem(
        _ error: QueryBodyError,
        _ form: BodyForm?,
        in place: BodyForm.Place,
        example: String
    ) -> Problem {
        let rule = "It must be an object such as \(example)."
        switch error {
        case .notJSON(let reason, let looksUnquoted):
            if let detail = form.flatMap({ QueryReader.detail($0, in: place, rule) }) {
                return .query(detail)
            }
            let hint =
                looksUnquoted
                ? "It looks as if a shell had changed its quotes: put it between single quotes, as in -d '\(example)'."
                : rule
            return .query("The body is not JSON: it \(reason). \(hint)")
        case .notAnObject: return .query("The body must be a JSON object such as \(example).")
        case .tooManyMembers:
            return .query(
                "The body has more than \(QueryDecoder.maximumMembers) members; it must be like \(example)."
            )
        }
    }

    /// Returns the message for a body of another form; `nil` for forms of JSON, for which the parser's message says
    /// more.
    private static func detail(_ form: BodyForm, in place: BodyForm.Place, _ rule: String) -> String? {
        switch form {
        case .packed, .wideText: "The body \(form.description(in: place))."
        case .multipart, .formData, .markup: "The body \(form.summary(in: place)). \(rule)"
        case .array, .multilineObjects, .joinedObjects, .wrappedArray, .unquoted: nil
        }
    }
}
