import EventDecoding

/// Where an import's events go.
protocol ImportTarget: AnyObject {
    /// The limits by which lines are checked before they are handed over.
    var decodingLimits: DecodingLimits { get }
    /// The maximum number of lines handed over at a time.
    var maximumLinesPerPiece: Int { get }

    /// Takes whole lines and their events; blocks while too many batches are pending.
    func take(_ piece: DecodedLines) throws(Failure)

    /// Sends what was gathered and advances what is pending, without waiting.
    func pump() throws(Failure)

    /// Sends what was gathered, and waits until everything is stored or the user stops the import.
    func drain() throws(Failure)

    /// Waits for the results of what is in flight and counts them; sends nothing more.
    ///
    /// The last call, however the import ended, so that the report is complete.
    func settle()
}

/// Whole lines of a file and their events.
@unsafe struct DecodedLines {
    var file: String
    var firstLine: Int
    /// Valid during the call only.
    var bytes: UnsafeRawBufferPointer
    var batch: DecodedBatch
}
