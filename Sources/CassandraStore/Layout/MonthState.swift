/// What a month's partition says of its generations.
struct MonthState: Hashable, Sendable {
    /// The version of the sums; each change of them raises it.
    var version: Int64?
    /// The version up to which hours were copied for outside readers.
    var copied: Int64 = 0
    /// The generation up to which everything is flushed; `nil` if the month has not begun yet.
    var flushed: Int64?
    /// The generation in which new starts are logged.
    var open: Int64 = 0
    /// The generation up to which nobody may register any more: it is being flushed.
    var fence: Int64 = 0
    /// For how many days flushed starts are kept, 0 for good; `nil` if nothing was flushed yet.
    var kept: Int64?
    /// The processes that log, or have logged, starts of the month.
    var registrations: [ProcessID: Registration] = [:]

    /// The generation up to which nobody may register any more: fenced or flushed.
    var closed: Int64 { max(fence, flushed ?? .min) }

    /// The highest generation that a process is registered for.
    var highest: Int64 { registrations.values.map(\.high).max() ?? .min }

    /// Returns whether what is logged at a place is read by counts and will be flushed.
    func covers(_ place: Place) -> Bool {
        guard let flushed, let registration = registrations[place.process] else { return false }
        return place.generation > flushed
            && (registration.first...registration.high).contains(place.generation)
    }

    /// Returns the partitions of the log that are not flushed, up to generation `last`.
    func unflushed(upTo last: Int64 = .max) -> [Place] {
        guard let flushed else { return [] }
        return registrations.sorted { $0.key < $1.key }.flatMap { process, registration in
            let begin = max(flushed + 1, registration.first)
            let end = min(registration.high, last)
            return end >= begin ? (begin...end).map { Place(generation: $0, process: process) } : []
        }
    }
}

/// The generations of a month in which a process logs starts.
struct Registration: Hashable, Sendable {
    /// What it has logged and is not flushed lies in this generation or above.
    var first: Int64
    /// It writes to no generation below this one any more; `idle` if it writes nothing.
    var low: Int64
    /// It writes to no generation above this one.
    var high: Int64
    /// When it was made, in ms since 1970 by the process's clock, or 1 more than the one before; shows that the process
    /// lives.
    var beat: Int64
    /// For how many days the process keeps sessions, 0 for good; what is flushed while it is registered is kept as
    /// long.
    var keptDays: Int64 = 0

    /// The most generations of a registration: each is a partition that a count reads.
    static let maximumRange: Int64 = 64
    /// The `low` of a process that writes nothing.
    static let idle = Int64.max

    /// The write timestamp; a later registration of the process has a higher one.
    var insertion: Int64 { 2 * beat + 1 }
    /// The write timestamp of its removal, which a later registration survives.
    var deletion: Int64 { 2 * beat + 2 }

    /// The packed form: the five numbers in order, 40 bytes.
    var packed: [UInt8] {
        var packer = BytePacker()
        packer.append(first)
        packer.append(low)
        packer.append(high)
        packer.append(beat)
        packer.append(keptDays)
        return packer.bytes
    }

    init(first: Int64, low: Int64, high: Int64, beat: Int64, keptDays: Int64 = 0) {
        self.first = first
        self.low = low
        self.high = high
        self.beat = beat
        self.keptDays = keptDays
    }

    /// Reads the packed form; `nil` if it is malformed or no process can have registered it.
    init?(packed: [UInt8]) {
        var unpacker = ByteUnpacker(packed)
        guard let first = unpacker.take(), let low = unpacker.take(), let high = unpacker.take(),
            let beat = unpacker.take(), let keptDays = unpacker.take(), first <= high,
            Place.generations.contains(first), Place.generations.contains(high),
            high - first < Registration.maximumRange,
            low == Registration.idle || Place.generations.contains(low), (0...1 << 60).contains(beat)
        else { return nil }
        self.init(first: first, low: low, high: high, beat: beat, keptDays: keptDays)
    }
}
