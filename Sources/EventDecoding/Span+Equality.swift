extension Span<UInt8> {
    /// Returns whether the bytes are those of `word`.
    @inline(__always)
    func isEqual(to word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in indices {
            guard unsafe self[index] == word.utf8Start[index] else { return false }
        }
        return true
    }
}
