import PlayerSessions

/// What was decided to be logged of a session for which more than one start was told, or one more than once.
///
/// It is only ever set on the condition of what it was, so what is decided is decided by one. Without a ledger the claim
/// that was alone is what counts.
struct Ledger: Hashable, Sendable {
    /// A start that is counted, or counted no more.
    struct Entry: Hashable, Sendable {
        /// The start.
        var start: SessionRecord.Start
        /// 1 for a start that counts, -1 for one that counts no more.
        var change: Int
        /// Where it is logged.
        var place: Place
        /// Whether it is known to be flushed, or to be flushed for sure.
        var isSure: Bool
    }

    /// What was decided, the former first.
    var entries: [Entry]

    /// Makes a ledger.
    init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Whether it says for sure that this start counts, and nothing else of the session.
    func isSettled(on start: SessionRecord.Start?) -> Bool {
        guard entries.count == 1, let entry = entries.first else { return false }
        return entry.start == start && entry.change == 1 && entry.isSure
    }

    /// 22 bytes an entry: the start, the generation, the process, and what it is: 1 or 2 for a change of 1 or -1, 4 more
    /// where it is sure.
    var packed: [UInt8] {
        var packer = BytePacker()
        for entry in entries {
            packer.append(entry.start)
            packer.append(entry.place.generation, count: 5)
            packer.append(entry.place.process.number, count: 6)
            packer.append((entry.change > 0 ? 1 : 2) + (entry.isSure ? 4 : 0), count: 1)
        }
        return packer.bytes
    }

    /// Reads the packed form; `nil` where it is none of ours.
    init?(packed: [UInt8]) {
        var unpacker = ByteUnpacker(packed)
        entries = []
        while unpacker.count > 0 {
            guard let start = unpacker.takeStart(), let generation = unpacker.take(5),
                let process = unpacker.take(6), let kind = unpacker.take(1)
            else { return nil }
            let place = Place(generation: generation, process: ProcessID(number: process))
            entries.append(
                Entry(start: start, change: kind & 3 == 1 ? 1 : -1, place: place, isSure: kind & 4 != 0)
            )
        }
    }
}
