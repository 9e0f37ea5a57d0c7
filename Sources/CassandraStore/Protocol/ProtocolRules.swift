/// The rules without which a session may be counted twice or not at all.
///
/// All hold, always. They can be named because the simulation takes each away by itself, to show that it finds the
/// fault that the rule prevents; nothing else may.
struct ProtocolRules: Sendable {
    // Telling a start.

    /// A start is logged only after its claim is among the facts at quorum.
    var logsAfterClaim = true
    /// The facts are read only after one's own claim is among them at quorum.
    var readsAfterClaim = true
    /// An acknowledgement waits for a log entry whose registration still stands.
    var checksLease = true
    /// Who has registered looks whether the generation is being flushed already.
    var looksAtFence = true
    /// A registration does not move past a generation in which somebody still is.
    var keepsLowWhileInside = true

    // More than one claim.

    /// What another request may still log is waited for.
    var waitsForOthers = true
    /// What another request has logged, and what may be on one replica only, is logged again before it is relied on.
    var logsAgain = true
    /// A start that another request claimed is claimed again before a session is moved to it: it may be on one replica only.
    var claimsAgain = true
    /// What is logged of a session with more than one claim is decided on a condition first.
    var decidesLedgers = true

    // Flushing.

    /// A flusher does not wait for a process only after it has watched its registration for longer than a lease lasts.
    var watchesRegistrations = true
    /// It keeps everybody from registering in a generation before it looks who has.
    var fencesFirst = true
    /// A flush holds only on the version that was read first.
    var holdsVersion = true
    /// What was flushed last is entered by minutes before more is flushed.
    var finishesFormerFlush = true
    /// A log that was flushed is kept for longer than a query lasts.
    var keepsFlushedLogs = true

    // Queries.

    /// A count reads sums, and up to where they are flushed, at once.
    var readsMonthAtOnce = true
    /// An end's row is removed only after a later end of the session is at quorum.
    var confirmsLaterEnd = true
}
