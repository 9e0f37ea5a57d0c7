/// The rules without which a session may be counted twice or not at all.
///
/// All hold, always. They can be named because the simulation takes each away by itself, to show that it finds the
/// fault that the rule prevents; nothing else may.
struct ProtocolRules: Sendable {
    /// A start's index row is inserted only after the start is among the facts at quorum.
    var insertsRowAfterFact = true
    /// The facts are read only after one's own start is among them at quorum.
    var readsAfterWrite = true
    /// A minimum that another request wrote is written again, because it may be on one replica only.
    var addsMinimumAgain = true
    /// That is done before the batch, not in it.
    var addsMinimumBeforeBatch = true
    /// And the facts are read once more behind it.
    var readsAfterAdding = true
    /// The minimum's row is inserted whoever's it is.
    var insertsRowsOfOthers = true
    /// One's own row is deleted where one lost, as the rows of others are.
    var deletesOwnLosingRow = true
    /// A move's writes are one logged batch.
    var logsMoves = true
    /// A move marks the spans that it touches.
    var marksMoves = true
    /// A loser is settled only after the batch that deleted its row.
    var settlesAfterMove = true
    /// An acknowledgement waits for a marker that is durable and whose lease has not run out.
    var checksLease = true
    /// Every marker has an id of its own.
    var usesFreshMarkers = true
    /// A roller removes a lease only after it watched it for longer than a lease lasts.
    var watchesLeases = true
    /// A roller removes a lease of several spans only when it has summed them all since.
    var sumsAllSpans = true
    /// A roller writes the changes of change markers again before it reads rows.
    var writesChangesAgain = true
    /// It asks the facts first, and inserts the row of no winner that has lost since.
    var asksFactsOfChanges = true
    /// A roller's batch holds only on the version that it read first.
    var holdsVersion = true
    /// A roller does not remove markers before it writes the sums.
    var keepsMarkersUntilSums = true
    /// Nor with them, but once they are at quorum, because a count reads the two apart.
    var awaitsSums = true
    /// A count reads markers before sums.
    var readsMarkersFirst = true
    /// An end's row is removed only after a later end of the session is at quorum.
    var confirmsLaterEnd = true
}
