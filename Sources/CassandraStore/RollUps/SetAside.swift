/// What a roller leaves as it is in one visit of a bucket, because the cluster refused it for good: one session, or one
/// span, that cannot be read must not keep the month's other spans from being summed.
///
/// Its markers stay, so its spans go on being counted by rows. The next visit tries it again.
struct SetAside: Sendable {
    /// The sessions whose changes cannot be written again.
    private(set) var sessions: Set<SessionKey> = []
    /// The spans whose rows cannot be read.
    private(set) var spans: Set<Int64> = []
    /// The first error.
    private(set) var reason: ClusterError?

    /// Sets a session aside.
    mutating func add(_ session: SessionKey, because error: ClusterError) {
        sessions.insert(session)
        reason = reason ?? error
    }

    /// Sets a span aside.
    mutating func add(span: Int64, because error: ClusterError) {
        spans.insert(span)
        reason = reason ?? error
    }
}
