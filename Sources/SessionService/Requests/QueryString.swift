import EventDecoding
import Text

/// The parameters of a URL, encoded as `application/x-www-form-urlencoded`.
///
/// Standard: https://url.spec.whatwg.org/#urlencoded-parsing, except that invalid escapes are refused.
enum QueryString {
    /// Returns the parameters in order, each value as a string; empty pieces are skipped.
    ///
    /// - Throws: 400 for an invalid escape, for bytes that are not UTF-8, and for more than
    ///   `ServiceLimits.maximumParameters`, which is checked before any is decoded.
    static func parameters(_ query: String) throws(Problem) -> [QueryMember] {
        let most = ServiceLimits.maximumParameters
        guard count(query) <= most else {
            throw .query(
                "The URL has more than \(most) parameters; a query takes a few, each separated from the next by &."
            )
        }
        var members: [QueryMember] = []
        for piece in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = piece.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = try decoded(parts[0], "The name of a parameter")
            let nameText = String(decoding: name, as: UTF8.self)
            let value = parts.count == 2 ? try decoded(parts[1], "The parameter \(excerpt(nameText))") : []
            members.append(QueryMember(name: nameText, value: .string(value)))
        }
        return members
    }

    /// Returns the number of non-empty pieces.
    private static func count(_ query: String) -> Int {
        var count = 0
        var previous = UInt8(ascii: "&")
        for byte in query.utf8 {
            if byte != UInt8(ascii: "&"), previous == UInt8(ascii: "&") { count += 1 }
            previous = byte
        }
        return count
    }

    private static func decoded(_ text: Substring.UTF8View, _ what: String) throws(Problem) -> [UInt8] {
        guard let bytes = PercentCoding.decode(text, plusIsSpace: true) else {
            throw .query("\(what) has a % that is not followed by two hexadecimal digits; % itself is %25.")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .query("\(what) is not UTF-8.") }
        return bytes
    }
}
