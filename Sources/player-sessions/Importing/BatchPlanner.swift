/// Lines of one file on their way to the service as one request.
struct LineBatch: Sendable, Equatable {
    /// Whole lines, each with its line feed.
    var body: [UInt8] = []
    /// The number in the file of each line.
    var lines: [Int] = []
    /// The file's name, for messages.
    var file: String

    /// The file and the lines, as a message names them: `events.jsonl:1-10`.
    var place: String {
        guard let first = lines.first, let last = lines.last else { return file }
        return first == last ? "\(file):\(first)" : "\(file):\(first)-\(last)"
    }

    /// The bytes of one of the lines, with its line feed.
    func bytes(ofLineAt index: Int) -> ArraySlice<UInt8> {
        var start = 0
        for _ in 0..<index {
            guard let feed = body[start...].firstIndex(of: 0x0A) else { return [] }
            start = feed + 1
        }
        let end = body[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? body.count
        return body[start..<end]
    }

    /// The batch without the lines at these indices.
    func removing(_ indices: Set<Int>) -> LineBatch {
        var result = LineBatch(file: file)
        for index in lines.indices where !indices.contains(index) {
            result.body += bytes(ofLineAt: index)
            result.lines.append(lines[index])
        }
        return result
    }

    /// The batch in two halves; it has at least two lines.
    func halves() -> (LineBatch, LineBatch) {
        let half = lines.count / 2
        return (removing(Set(half..<lines.count)), removing(Set(0..<half)))
    }
}

/// What a service takes at a time.
struct BatchLimits: Sendable, Equatable {
    /// The most events of a batch.
    var events = 10
    /// The most bytes of a batch.
    var bytes = 65_536

    /// More makes nothing faster, but takes memory here, and the place of others in the service's queue: with many
    /// connections, a queue of the usual length would be full all the time.
    static let largestUseful = BatchLimits(events: 1_000, bytes: 256 << 10)
}

/// Gathers lines into batches that never pass the service's limits.
struct BatchPlanner {
    /// What the service takes; may change between lines.
    var limits: BatchLimits
    private var batch: LineBatch

    init(limits: BatchLimits, file: String) {
        self.limits = limits
        batch = LineBatch(file: file)
    }

    /// Adds a line, with or without its line feed; returns the batch before it where that is full.
    ///
    /// A line that is longer than the service takes makes a batch of its own: the service says what it thinks of it.
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

    /// Hands over what was gathered, if anything.
    mutating func flush() -> LineBatch? {
        guard !batch.lines.isEmpty else { return nil }
        defer { batch = LineBatch(file: batch.file) }
        return batch
    }
}
