/// The parameters of an address whose values are shown; any other may be a password.
public let shownParameters: Set<String> = [
    "replication", "consistency", "datacenter", "tls", "ca", "password_file",
]

/// Returns a message with the passwords of all addresses in it hidden.
///
/// This is a last resort: code that shows an address hides the password that it knows.
public func hidingPasswords(inMessage message: String) -> String {
    guard message.contains("://"), message.contains("@") else { return message }
    var words = message.split(separator: " ", omittingEmptySubsequences: false)[...]
    var shown: [String] = []
    while let word = words.popFirst() {
        guard word.contains("://") else {
            shown.append(String(word))
            continue
        }
        // A password may contain spaces; the address then extends to the word with the @.
        var address = String(word)
        if !word.contains("@"), let end = words.firstIndex(where: { $0.contains("@") || $0.contains("://") }),
            !words[end].contains("://")
        {
            address = ([word] + words[...end]).joined(separator: " ")
            words = words[(end + 1)...]
        }
        shown.append(address.contains("@") ? hidingPasswords(address) : address)
    }
    return shown.joined(separator: " ")
}

/// Returns a text with everything that may be a password in an address, valid or not, replaced by `***`.
///
/// It hides too much rather than too little: in an invalid address, nobody knows where a password ends.
public func hidingPasswords(_ text: String) -> String {
    guard let scheme = text.firstRange(of: ":") else { return text }
    var start = scheme.upperBound
    while start < text.endIndex, text[start] == "/" { start = text.index(after: start) }
    let head = text[..<start]
    var rest = text[start...]
    if head.lowercased().hasPrefix("rocksdb:") {
        // The path may be an address with passwords of its own.
        return rest.contains("://") ? head + hidingPasswords(String(rest)) : text
    }
    guard text.contains("//") || text.contains("@") else { return text }

    var hidden = ""
    if let at = rest.lastIndex(of: "@") {
        // The last @, even after a ? or a /, since an unencoded password may contain any of them.
        let user = rest[..<at]
        if let colon = user.firstIndex(of: ":") {
            hidden = user[..<colon] + ":***@"
        } else {
            // Without the two slashes, what looks like a scheme may be the user.
            hidden = (head.hasSuffix("//") ? user : "***") + "@"
        }
        rest = rest[rest.index(after: at)...]
    }
    return head + hidden + hidingPortsAndParameters(rest)
}

/// Returns the text with invalid ports and the values of unknown parameters hidden.
private func hidingPortsAndParameters(_ text: Substring) -> String {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var shown = String(parts[0])
    let hosts = parts[0].prefix { $0 != "/" }
    let hasOtherThanPorts = hosts.split(separator: ",").contains { host in
        guard host.first != "[", let colon = host.firstIndex(of: ":") else { return false }
        return !host[colon...].utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }
    if hasOtherThanPorts, let colon = hosts.firstIndex(of: ":") {
        shown = hosts[..<colon] + ":***" + parts[0][hosts.endIndex...]
    }
    guard parts.count > 1 else { return shown }
    let parameters = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { parameter in
        let name = parameter.prefix { $0 != "=" }
        let isOurs = shownParameters.contains(String(name))
        return isOurs || name.endIndex == parameter.endIndex ? String(parameter) : "\(name)=***"
    }
    return shown + "?" + parameters.joined(separator: "&")
}
