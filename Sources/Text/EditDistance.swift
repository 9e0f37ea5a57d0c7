/// Returns the number of insertions, deletions, replacements and swaps of neighbours between two words.
///
/// The optimal string alignment distance (https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance). Costs the
/// product of the lengths; if a word has more than 64 characters, returns the greater length instead.
public func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    guard left.count <= 64, right.count <= 64 else { return max(left.count, right.count) }
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            var best = min(previous[column + 1], current[column]) + 1
            best = min(best, previous[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, beforePrevious[column - 1] + 1)
            }
            current.append(best)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}
