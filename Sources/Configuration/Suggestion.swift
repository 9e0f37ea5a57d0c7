internal import Text

/// Finds what somebody may have meant.
enum Suggestion {
    /// The shortest part of a name by which that is found.
    private static let shortestPart = 4
    /// More candidates than this are no help.
    private static let mostCandidates = 4

    /// `did you mean listen?`, or the list of all names where none is near; `prefix` is what all of them begin with.
    static func text(for name: String, among names: [String], prefix: String = "") -> String {
        // A name of another length class costs time and is no slip of the pen.
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

    /// The names that contain this one or are contained in it: `head_timeout`, `listen_address`.
    private static func candidates(sharing name: String, among names: [String], prefix: String) -> [String] {
        let part = normalized(String(name.dropFirst(prefix.count)))
        return names.filter { candidate in
            let whole = normalized(String(candidate.dropFirst(prefix.count)))
            return min(part.count, whole.count) >= shortestPart
                && (whole.contains(part) || part.contains(whole))
        }
    }

    /// `max-connections` and `maxConnections` are as near to `max_connections` as can be.
    private static func normalized(_ name: String) -> String {
        name.lowercased().filter { $0 != "_" && $0 != "-" }
    }
}
