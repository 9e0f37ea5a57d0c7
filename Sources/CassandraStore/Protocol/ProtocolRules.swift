/// The rules without which a session may be counted twice or not at all.
///
/// All of them always hold. They are switches only so that the simulation can turn each off and show that it finds the
/// fault that the rule prevents; nothing else may.
struct ProtocolRules: Sendable {
    // Receiving a start.

    /// A start is logged only after its claim is among the facts at quorum.
    var logsAfterClaim = true
    /// A request reads the facts only after its own claim is among them at quorum.
    var readsAfterClaim = true
    /// A start is acknowledged only if the registration it was logged under still stands.
    var checksLease = true
    /// A process that has registered checks whether the generation is already being flushed.
    var looksAtFence = true
    /// A registration does not move past a generation while a request is inside it.
    var keepsLowWhileInside = true

    // More than one claim.

    /// A settlement waits for what other requests may still log.
    var waitsForOthers = true
    /// An entry of another request, which may be on one replica only, is logged again before it is relied on.
    var logsAgain = true
    /// A start of another request is claimed again before a session is moved to it: it may be on one replica only.
    var claimsAgain = true
    /// Changes to the log of a session with more than one claim are first decided by a conditional write.
    var decidesLedgers = true

    // Flushing.

    /// A flush ignores a process only after its registration was watched for longer than a lease lasts.
    var watchesRegistrations = true
    /// A flush fences a generation against new registrations before it checks who is registered.
    var fencesFirst = true
    /// A flush is applied only if the version is still the one it read first.
    var holdsVersion = true
    /// The last flush is entered in `flushed_starts` before the next one.
    var finishesFormerFlush = true
    /// A flushed log is kept for longer than a query lasts.
    var keepsFlushedLogs = true

    // Queries.

    /// A count reads the sums, and the generation up to which they hold, in one read.
    var readsMonthAtOnce = true
    /// The row of an end is removed only after a later end of the session is at quorum.
    var confirmsLaterEnd = true
}
