import EventDecoding
import PlayerSessions
import Text

/// The arguments of a query by name: the members of its body, or the parameters of its URL.
struct QueryArguments {
    /// Where the arguments are, as messages call them.
    enum Place: String {
        case member
        case parameter
    }

    let place: Place
    private let values: [String: QueryValue]

    /// Takes the arguments of a query whose argument names are `known`.
    ///
    /// - Throws: 400 for a name that is unknown or repeated.
    init(_ members: [QueryMember], in place: Place, known: [String]) throws(Problem) {
        var values: [String: QueryValue] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw .query(
                    "The \(place) \(QueryArguments.shown(member.name)) is unknown; there are"
                        + " \(known.joined(separator: ", "))."
                )
            }
            guard values.updateValue(member.value, forKey: member.name) == nil else {
                throw .query("The \(place) \(member.name) is given twice.")
            }
        }
        self.values = values
        self.place = place
    }

    /// Reads a required argument.
    func required<Value>(
        _ name: String,
        _ read: (QueryValue) throws(QueryValueError) -> Value
    ) throws(Problem) -> Value {
        guard let value = try optional(name, read) else {
            throw .query("The \(place) \(name) is missing.")
        }
        return value
    }

    /// Reads an argument if it is present.
    func optional<Value>(
        _ name: String,
        _ read: (QueryValue) throws(QueryValueError) -> Value
    ) throws(Problem) -> Value? {
        guard let value = values[name] else { return nil }
        do throws(QueryValueError) {
            return try read(value)
        } catch {
            throw .query("The \(place) \(name) \(error.message).")
        }
    }

    /// Returns a client's name in quotes, truncated so that the response stays small.
    static func shown(_ name: String) -> String {
        "\"\(excerpt(name))\""
    }
}

/// Why a value is invalid for its argument; the message follows the argument's name.
struct QueryValueError: Error {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}

extension QueryValue {
    /// Returns the digits of a number, or of a string that holds one.
    func numeral() throws(QueryValueError) -> [UInt8] {
        switch self {
        case .string(let bytes): return bytes
        case .number(let token): return Array(token.utf8)
        case .other(let kind):
            throw QueryValueError("must be a number, or a string that holds one, not \(kind)")
        }
    }

    /// Returns the bytes of a string.
    func text() throws(QueryValueError) -> [UInt8] {
        switch self {
        case .string(let bytes): return bytes
        case .number: throw QueryValueError("must be a string, not a number")
        case .other(let kind): throw QueryValueError("must be a string, not \(kind)")
        }
    }
}

extension Problem {
    static func query(_ detail: String) -> Problem {
        Problem(.invalidQuery, detail)
    }
}
