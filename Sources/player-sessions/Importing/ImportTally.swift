/// How far an import has come.
struct ImportTally: Sendable, Equatable {
    /// Lines read so far, without blank ones.
    var lines = 0
    /// Events that are stored.
    var accepted = 0
    /// Events older than the retention.
    var expired = 0
    var rejected = 0
    /// Files that could not be read to their end.
    var failedFiles = 0
    /// Bytes read of the files as stored on disk.
    var bytesRead = 0
    /// Bytes of all files; `nil` unless all are regular files.
    var bytesTotal: Int?

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

    /// Lines read whose result is unknown: an import that ended early did not send them or got no response.
    var unanswered: Int { lines - accepted - expired - rejected }

    /// Formats the summary: what was done, how long it took and how fast it was.
    func summary(seconds: Double) -> String {
        var text =
            "\(grouped(lines)) lines: \(grouped(accepted)) accepted, \(grouped(expired)) expired, "
            + "\(grouped(rejected)) rejected"
        if unanswered > 0 { text += ", \(grouped(unanswered)) unanswered" }
        if failedFiles > 0 {
            text += "; \(grouped(failedFiles)) \(failedFiles == 1 ? "file" : "files") failed"
        }
        return text
            + "; \(decimal(seconds, digits: 1)) s, \(rate(accepted + expired, seconds: seconds)) events/s"
    }
}
