internal import Text

/// Decodes `%41` and the like; a `+` stays a plus.
func percentDecoded(_ text: Substring, what: String) throws(InvalidValue) -> String {
    guard let bytes = PercentCoding.decode(text.utf8, plusIsSpace: false) else {
        throw InvalidValue("has a % without two hex digits in its \(what); a % itself is written %25")
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
        throw InvalidValue("has a \(what) that is not UTF-8 when its escapes are resolved")
    }
    return decoded
}
