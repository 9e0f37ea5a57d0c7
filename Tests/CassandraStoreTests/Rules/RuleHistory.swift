@testable import CassandraStore

/// A rule of the protocol, how to take it away, and the history in which it is missed.
struct RuleHistory: Sendable, CustomStringConvertible {
    let description: String
    let takeAway: @Sendable (inout ProtocolRules) -> Void
    let play: @Sendable (Stage) async -> Void

    init(
        _ description: String,
        _ takeAway: @escaping @Sendable (inout ProtocolRules) -> Void,
        _ play: @escaping @Sendable (Stage) async -> Void
    ) {
        self.description = description
        self.takeAway = takeAway
        self.play = play
    }

    /// Every rule once.
    static let all = starts + claims + flushes
}
