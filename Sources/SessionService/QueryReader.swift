import EventDecoding
import HTTPServer

/// Reads the arguments of one loop's queries, from bodies and from URLs.
final class QueryReader {
    private let reader: BodyReader
    private var decoder = QueryDecoder()

    init(_ reader: BodyReader) {
        self.reader = reader
    }

    /// The arguments of a query that knows these names; `example` is a body that would be right.
    ///
    /// GET and HEAD have them in the URL, and their body is passed over; POST has them in the body, and none in the
    /// URL.
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
        let decoded = unsafe try reader.read(body, ContentEncoding(head)) { text in
            Result { () throws(QueryBodyError) in unsafe try decoder.decode(text) }
        }
        switch decoded {
        case .success(let members): return try QueryArguments(members, in: .member, known: known)
        case .failure(let error): throw QueryReader.problem(error, example: example)
        }
    }

    private static func problem(_ error: QueryBodyError, example: String) -> Problem {
        switch error {
        case .notJSON(let reason, let looksUnquoted):
            let hint =
                looksUnquoted
                ? " It looks as if a shell had changed its quotes: put it between single quotes, as in -d '\(example)'."
                : " It must be an object such as \(example)."
            return .query("The body is not JSON: it \(reason).\(hint)")
        case .notAnObject: return .query("The body must be a JSON object such as \(example).")
        case .tooManyMembers:
            return .query(
                "The body has more than \(QueryDecoder.maximumMembers) members; it must be like \(example)."
            )
        }
    }
}
