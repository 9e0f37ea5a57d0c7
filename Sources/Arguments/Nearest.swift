internal import Text

/// The candidate that a mistyped word most likely means, or `nil` where none is near.
///
/// Near is at most two edits, and less than half of the word. A beginning that only one candidate has is near as well,
/// and so is a word that leaves letters out of only one candidate: `srv`.
func nearest(to word: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
    if let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= 2,
        best.distance * 2 < max(word.count, 2)
    {
        return best.candidate
    }
    let continued = candidates.filter { word.count >= 2 && $0.hasPrefix(word) }
    if continued.count == 1 { return continued.first }
    let abridged = candidates.filter { isAbridged(word, $0) }
    return abridged.count == 1 ? abridged.first : nil
}

/// Whether the word, three letters at least, has the candidate's first letter and others of it in their order.
private func isAbridged(_ word: String, _ candidate: String) -> Bool {
    func letters(_ text: String) -> Substring { text.drop { $0 == "-" } }
    var rest = letters(candidate)
    guard letters(word).count >= 3, letters(word).first == rest.first,
        candidate.count - rest.count == word.count - letters(word).count
    else { return false }
    for letter in letters(word) {
        guard let index = rest.firstIndex(of: letter) else { return false }
        rest = rest[rest.index(after: index)...]
    }
    return true
}
