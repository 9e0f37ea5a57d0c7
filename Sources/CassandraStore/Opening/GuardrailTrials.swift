import PlayerSessions

/// Sends the kinds of requests that guardrails may refuse, so that opening fails instead of a client's batch.
///
/// Guardrails are checked by the coordinating node, may differ from node to node, and can be changed while nodes run.
struct GuardrailTrials: Sendable {
    let access: ClusterAccess
    /// How far in the future events may lie, in µs.
    let maximumClockSkew: Int64

    /// Tries the write timestamps that rows have: fixed ones of 1970, and those of ends, which may be in the future.
    ///
    /// Each is sent only once.
    func tryTimestamps() async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        for timestamp in [1, now + maximumClockSkew] {
            do throws(ClusterError) {
                _ = try await access.cluster.run(.single(.trial(timestamp: timestamp)))
            } catch {
                if let refusal = error.asGuardrail { throw refusal }
            }
        }
    }

    /// Tries these, and the largest read of facts, of a player that no event can have.
    func tryAll() async throws(ClusterError) {
        try await tryTimestamps()
        let nobody = Identifier(unchecked: [0])
        let sessions = (0..<LatestSessionsQuery.chunk).map {
            Identifier(unchecked: [0, UInt8($0 / 16), UInt8($0 % 16)])
        }
        do throws(ClusterError) {
            _ = try await access.run(.single(.readFactsOfPlayer(nobody, sessions: sessions)))
        } catch {
            if let refusal = error.asGuardrail { throw refusal }
        }
    }
}

extension ClusterError {
    /// The error with a reference to the documentation if a guardrail is the cause; other requests report the rest.
    fileprivate var asGuardrail: ClusterError? {
        guard isGuardrail else { return nil }
        var error = self
        error.reason += "; docs/cassandra.md, Guardrails, has the values that the store needs"
        return error
    }
}
