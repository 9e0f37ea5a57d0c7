/// The pauses of a rebuild while others are faster or the cluster does not answer; each is twice as long as the last.
struct Backoff {
    private var pause = Backoff.first

    /// The first mean pause, in ns.
    static let first: Int64 = 100_000_000
    /// The longest mean pause, in ns.
    static let longest: Int64 = 3_200_000_000

    /// Returns the mean length of the next pause, in ns.
    mutating func next() -> Int64 {
        defer { pause = min(2 * pause, Backoff.longest) }
        return pause
    }
}
