import PlayerSessions

/// What was decided to be logged for a session that received more than one start, or one start more than once.
///
/// It is only ever set on the condition of its former value, so one request makes each decision. Without a ledger, what
/// counts is the claim that was alone.
struct Ledger: Hashable, Sendable {
    /// A start that counts, or no longer counts.
    struct Entry: Hashable, Sendable {
        var start: SessionRecord.Start
        /// 1 for a start that counts, -1 for one that no longer counts.
        var change: Int
        var place: Place
        /// Whether it is known to be flushed or certain to be flushed.
        var isSure: Bool
    }

    /// What was decided, earlier decisions first.
    var entries: [Entry]

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Returns whether the ledger says for sure that this start counts, and nothing else of the session.
    func isSettled(on start: SessionRecord.Start?) -> Bool {
        guard entries.count == 1, let entry = entries.first else { return false }
        return entry.start == start && entry.change == 1 && entry.isSure
    }

    /// 22 bytes an entry: start, generation, process, and its kind: 1 or 2 for a change of 1 or -1, plus 4 if it is
    /// sure.
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

    /// Reads the packed form; `nil` if it is not one of ours.
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
