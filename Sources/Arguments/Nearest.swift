internal import Text

/// Returns the candidate that a mistyped word most likely means, or `nil` if none is near.
///
/// Near means at most two edits and fewer than half of the word's letters. A prefix of exactly one candidate is near,
/// too, and so is an abbreviation of exactly one: `srv`.
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

/// Returns whether the word, of at least three letters, is the candidate's first letter and others of it in order.
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
