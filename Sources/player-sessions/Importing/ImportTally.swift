/// How far an import came.
struct ImportTally: Sendable, Equatable {
    /// Lines that are not blank, read so far.
    var lines = 0
    /// Events that are stored.
    var accepted = 0
    /// Events that are older than the retention.
    var expired = 0
    /// Lines that were not valid.
    var rejected = 0
    /// Bytes read of the files as they lie on disk.
    var bytesRead = 0
    /// Bytes of all files; `nil` where not all are regular files.
    var bytesTotal: Int?

    /// The line at the end: what was done, how long it took and how fast it was.
    func summary(seconds: Double) -> String {
        let rate = Double(accepted + expired) / max(seconds, 0.001)
        return "\(grouped(lines)) lines: \(grouped(accepted)) accepted, \(grouped(expired)) expired, "
            + "\(grouped(rejected)) rejected; \(decimal(seconds, digits: 1)) s, "
            + "\(grouped(Int(rate))) events/s"
    }
}
