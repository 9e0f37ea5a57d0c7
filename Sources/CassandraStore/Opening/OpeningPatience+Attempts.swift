import PlayerSessions

/// Why a step of an opening failed, and whether another attempt may succeed.
struct OpeningFault: Error {
    /// The opening's error if there is no further attempt.
    var error: SessionStoreError
    /// Whether time may help: nodes may join, an overload may pass.
    var isTransient = false
    /// Whether a concurrent schema change, or nodes that do not know of a change yet, may be the cause.
    var mayBeRace = false
    /// Whether to pause before the next attempt; unnecessary after one that created something.
    var needsPause = true
}

extension OpeningPatience {
    /// The mean pause after an attempt that a race may have failed, in ns.
    private static let racePause: Int64 = 500_000_000

    /// Attempts a step until it succeeds or another attempt would be useless.
    ///
    /// Transient failures are retried as long as patience lasts. A race is over within moments, so it gets up to
    /// `maximum` attempts, which need no patience.
    ///
    /// - Throws: The error of the last attempt; there is no further one once the task is cancelled.
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
    /// Returns the error of an opening that cannot use a keyspace.
    static func unusable(keyspace: String, _ reason: String, hint: String? = nil) -> SessionStoreError {
        SessionStoreError(.unusable, operation: "open the keyspace \(keyspace)", reason: reason, hint: hint)
    }
}
