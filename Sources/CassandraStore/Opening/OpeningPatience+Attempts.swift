import PlayerSessions

/// Why an attempt at a step of an opening failed, and whether another one may fare better.
struct OpeningFault: Error {
    /// What the opening ends with if there is no other attempt.
    var error: SessionStoreError
    /// Whether time may help: nodes that come, an overload that passes.
    var isTransient = false
    /// Whether others that change the schema at the same time may be to blame, or nodes that do not know of a change yet.
    var mayBeRace = false
    /// Whether to pause before the next attempt; needless after one that made something.
    var needsPause = true
}

extension OpeningPatience {
    /// The mean pause after an attempt that a race may have failed, in ns.
    private static let racePause: Int64 = 500_000_000

    /// Attempts a step until it succeeds, or another attempt would be in vain.
    ///
    /// What is transient is attempted again for as long as patience lasts. What may be a race is settled within moments, so
    /// there are up to `maximum` attempts at it, which need no patience.
    ///
    /// - Throws: The error of the last attempt; no other one is made once the task is cancelled.
    func attempt<Success>(
        upTo maximum: Int,
        _ step: () async throws(OpeningFault) -> Success
    ) async throws(SessionStoreError) -> Success {
        var races = 0
        while true {
            do throws(OpeningFault) {
                return try await step()
            } catch {
                if error.isTransient, await wait(for: error.error.reason) { continue }
                races += 1
                guard error.mayBeRace, races < maximum, !Task.isCancelled else { throw error.error }
                if error.needsPause { await surroundings.pause(about: OpeningPatience.racePause) }
            }
        }
    }
}

extension SessionStoreError {
    /// The error of an opening that cannot use a keyspace.
    static func unusable(keyspace: String, _ reason: String, hint: String? = nil) -> SessionStoreError {
        SessionStoreError(.unusable, operation: "open the keyspace \(keyspace)", reason: reason, hint: hint)
    }
}
