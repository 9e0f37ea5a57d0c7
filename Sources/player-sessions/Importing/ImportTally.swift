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

    /// How far it came after so many seconds.
    func progress(seconds: Double) -> Progress {
        let done = accepted + expired
        let share = bytesTotal.flatMap { $0 > 0 ? min(1, Double(bytesRead) / Double($0)) : nil }
        var words: [String] = []
        if let share, let bytesTotal {
            words.append("\(Int(share * 100))% of \(byteSize(bytesTotal))")
        } else {
            words.append(byteSize(bytesRead))
        }
        words.append("\(grouped(done)) events")
        words.append("\(rate(done, seconds: seconds)) events/s")
        if rejected > 0 { words.append("\(grouped(rejected)) invalid") }
        return Progress(share: share, words: words)
    }

    /// The line at the end: what was done, how long it took and how fast it was.
    func summary(seconds: Double) -> String {
        "\(grouped(lines)) lines: \(grouped(accepted)) accepted, \(grouped(expired)) expired, "
            + "\(grouped(rejected)) rejected; \(decimal(seconds, digits: 1)) s, "
            + "\(rate(accepted + expired, seconds: seconds)) events/s"
    }
}
