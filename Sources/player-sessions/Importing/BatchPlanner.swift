/// Lines of one file that are sent to the service in one request.
struct LineBatch: Sendable, Equatable {
    /// Whole lines, each with its line feed.
    var body: [UInt8] = []
    /// The number of each line in the file.
    var lines: [Int] = []
    /// The file's name, for messages.
    var file: String

    /// The file and the lines as a message names them: `events.jsonl:1-10`.
    var place: String {
        guard let first = lines.first, let last = lines.last else { return file }
        return first == last ? "\(file):\(first)" : "\(file):\(first)-\(last)"
    }

    /// Returns the bytes of a line, with its line feed.
    func bytes(ofLineAt index: Int) -> ArraySlice<UInt8> {
        var start = 0
        for _ in 0..<index {
            guard let feed = body[start...].firstIndex(of: 0x0A) else { return [] }
            start = feed + 1
        }
        let end = body[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? body.count
        return body[start..<end]
    }

    func removing(_ indices: Set<Int>) -> LineBatch {
        var result = LineBatch(file: file)
        for index in lines.indices where !indices.contains(index) {
            result.body += bytes(ofLineAt: index)
            result.lines.append(lines[index])
        }
        return result
    }

    /// Returns the halves of the batch, which must have at least two lines.
    func halves() -> (LineBatch, LineBatch) {
        let half = lines.count / 2
        return (removing(Set(half..<lines.count)), removing(Set(0..<half)))
    }
}

struct BatchLimits: Sendable, Equatable {
    /// The maximum number of events in a batch.
    var events = 10
    /// The maximum number of bytes in a batch.
    var bytes = 65_536

    /// Larger batches are not faster, but take memory here and the places of others in the service's queue: with many
    /// connections, a queue of the usual length would always be full.
    static let largestUseful = BatchLimits(events: 1_000, bytes: 256 << 10)
}

/// Gathers lines into batches that never exceed the service's limits.
struct BatchPlanner {
    /// The service's limits; may change between lines.
    var limits: BatchLimits
    private var batch: LineBatch

    init(limits: BatchLimits, file: String) {
        self.limits = limits
        batch = LineBatch(file: file)
    }

    /// Adds a line, with or without its line feed; returns the batch before it if that is full.
    ///
    /// A line longer than the service accepts becomes a batch of its own, and the service reports the error.
    mutating func add(_ line: UnsafeRawBufferPointer, number: Int) -> LineBatch? {
        let hasFeed = unsafe line.last == 0x0A
        let size = line.count + (hasFeed ? 0 : 1)
        var full: LineBatch?
        if batch.lines.count >= limits.events || batch.body.count + size > limits.bytes { full = flush() }
        unsafe batch.body.append(contentsOf: line)
        if !hasFeed { batch.body.append(0x0A) }
        batch.lines.append(number)
        return full
    }

    /// Returns what was gathered, if anything, and begins a new batch.
    mutating func flush() -> LineBatch? {
        guard !batch.lines.isEmpty else { return nil }
        defer { batch = LineBatch(file: batch.file) }
        return batch
    }
}
