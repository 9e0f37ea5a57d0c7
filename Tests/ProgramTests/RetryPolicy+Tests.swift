@testable import player_sessions

extension RetryPolicy {
    /// For tests in which every batch goes in at last: on a busy machine tests wait for each other for minutes.
    static let forTests = RetryPolicy(patience: .seconds(3_600))
}
