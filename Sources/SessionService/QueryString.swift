import EventDecoding

/// The parameters of a URL, written as `application/x-www-form-urlencoded`.
///
/// Standard: https://url.spec.whatwg.org/#urlencoded-parsing, but an escape that is none is refused.
enum QueryString {
    /// The parameters in their order, each value a string; empty pieces are passed over.
    ///
    /// - Throws: 400 for an escape that is none, and for bytes that are not UTF-8.
    static func parameters(_ query: String) throws(Problem) -> [QueryMember] {
        var members: [QueryMember] = []
        for piece in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = piece.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = try decoded(parts[0], "The name of a parameter")
            let nameText = String(decoding: name, as: UTF8.self)
            let value = parts.count == 2 ? try decoded(parts[1], "The parameter \(nameText.prefix(64))") : []
            members.append(QueryMember(name: nameText, value: .string(value)))
        }
        return members
    }

    private static func decoded(_ text: Substring.UTF8View, _ what: String) throws(Problem) -> [UInt8] {
        guard let bytes = PercentEncoding.decode(Array(text)[...], plusIsSpace: true) else {
            throw .query("\(what) has a % that is not followed by two hexadecimal digits; % itself is %25.")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .query("\(what) is not UTF-8.") }
        return bytes
    }
}
