import EventDecoding

/// Where an import's events go.
protocol ImportTarget: AnyObject {
    /// How lines are judged before they go there.
    var decodingLimits: DecodingLimits { get }
    /// The most lines that are handed over at a time.
    var maximumLinesPerPiece: Int { get }

    /// Takes whole lines and what they hold; blocks while too much is under way.
    func take(_ piece: DecodedLines) throws(Failure)

    /// Sends what was gathered, and moves on what is under way, without waiting for it.
    func pump() throws(Failure)

    /// Sends what was gathered, and waits until everything is stored, or the person stops it.
    func drain() throws(Failure)

    /// Waits for the answers to what is under way and counts them; sends nothing more.
    ///
    /// The last call, however the import ended, so that the report is true.
    func settle()
}

/// Whole lines of a file, and what they hold.
@unsafe struct DecodedLines {
    var file: String
    var firstLine: Int
    /// Valid during the call only.
    var bytes: UnsafeRawBufferPointer
    var batch: DecodedBatch
}
