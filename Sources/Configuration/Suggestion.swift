internal import Text

/// Suggests the name that a user may have meant.
enum Suggestion {
    /// The minimum length of a part by which a name is found.
    private static let shortestPart = 4
    /// More candidates than this are no help.
    private static let mostCandidates = 4

    /// Returns `did you mean listen?`, or the list of all names if none is close; all names begin with `prefix`.
    static func text(for name: String, among names: [String], prefix: String = "") -> String {
        // A much longer name takes time to compare and is not a typing error.
        let longest = 100
        if name.utf8.count <= longest {
            let nearest = names.map { ($0, editDistance(normalized(name), normalized($0))) }.min {
                $0.1 < $1.1
            }
            if let (candidate, steps) = nearest,
                steps <= max(2, (candidate.utf8.count - prefix.utf8.count) / 4)
            {
                return "did you mean \(candidate)?"
            }
            let similar = candidates(sharing: name, among: names, prefix: prefix)
            if let last = similar.last, similar.count <= mostCandidates {
                let others = similar.dropLast().joined(separator: ", ")
                return "did you mean \(others.isEmpty ? "" : others + " or ")\(last)?"
            }
        }
        return "there are " + names.joined(separator: ", ")
    }

    /// Returns the names that contain this one or are contained in it: `head_timeout`, `listen_address`.
    private static func candidates(sharing name: String, among names: [String], prefix: String) -> [String] {
        let part = normalized(String(name.dropFirst(prefix.count)))
        return names.filter { candidate in
            let whole = normalized(String(candidate.dropFirst(prefix.count)))
            return min(part.count, whole.count) >= shortestPart
                && (whole.contains(part) || part.contains(whole))
        }
    }

    /// Makes `max-connections` and `maxConnections` equal to `max_connections`.
    private static func normalized(_ name: String) -> String {
        name.lowercased().filter { $0 != "_" && $0 != "-" }
    }
}
