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

    /// Waits until everything is stored; where `retrying` is false, for what is under way alone.
    func drain(retrying: Bool) throws(Failure)
}

/// Whole lines of a file, and what they hold.
@unsafe struct DecodedLines {
    var file: String
    var firstLine: Int
    /// Valid during the call only.
    var bytes: UnsafeRawBufferPointer
    var batch: DecodedBatch
}
