/// The parameters of an address whose values are shown; any other may be a password.
public let shownParameters: Set<String> = [
    "replication", "consistency", "datacenter", "tls", "ca", "password_file",
]

/// A message for people, with the passwords hidden of all addresses in it.
///
/// The last resort: whoever repeats an address hides its password where it is known to be one.
public func hidingPasswords(inMessage message: String) -> String {
    guard message.contains("://"), message.contains("@") else { return message }
    var words = message.split(separator: " ", omittingEmptySubsequences: false)[...]
    var shown: [String] = []
    while let word = words.popFirst() {
        guard word.contains("://") else {
            shown.append(String(word))
            continue
        }
        // A password may have spaces in it: the address then goes on to the word with the @.
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

/// A text for messages: what may be a password in an address, right or wrong, is `***`.
///
/// It rather hides too much: in an address that cannot be read, nobody knows where a password ends.
public func hidingPasswords(_ text: String) -> String {
    guard let scheme = text.firstRange(of: ":") else { return text }
    var start = scheme.upperBound
    while start < text.endIndex, text[start] == "/" { start = text.index(after: start) }
    let head = text[..<start]
    var rest = text[start...]
    if head.lowercased().hasPrefix("rocksdb:") {
        // An address in place of the path has its passwords, too.
        return rest.contains("://") ? head + hidingPasswords(String(rest)) : text
    }
    guard text.contains("//") || text.contains("@") else { return text }

    var hidden = ""
    if let at = rest.lastIndex(of: "@") {
        // The last @, even behind a ? or a /: a password may hold any of them, not encoded as they should be.
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

/// Hides what stands where a port should, without being one, and the values of parameters that are none of ours.
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
