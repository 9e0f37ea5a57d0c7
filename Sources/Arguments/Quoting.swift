import Redaction
internal import SafeText

/// Returns the beginning of a text in single quotes, safe to show, passwords of addresses hidden.
///
/// What is no address, such as a player's id, may look like one; `mayHoldPassword` is false for it.
public func quoted(_ text: String, mayHoldPassword: Bool = true) -> String {
    "'\(excerpt(mayHoldPassword ? hidingPasswords(text) : text))'"
}
