import PlayerSessions
import RocksDB
import Synchronization

/// Which nodes of the runs hold too many starts themselves, and how these are handed to the finer nodes.
///
/// A generation splits a node that it crowds, but many generations can each put a few starts into the same one. Merging
/// adds these up and has one key only, so it cannot split: it notes the node here, as does a query that meets it, and
/// the next flush hands the node's starts down.
final class CrowdedStarts: Sendable {
    /// More are noted again when they are next met.
    private static let maximumNodes = 4_096
    /// After so many starts the flush leaves the rest to the next one.
    private static let maximumStartsOfFlush = 4_000_000

    private let keys = Mutex<Set<HotStarts.Key>>([])

    /// How many entries a node of a level may hold: at most 60 such nodes are read at each end of a window.
    ///
    /// At the bottom an instant has one entry for each country, and that is all there can be.
    static func maximumEntries(of level: StartLevel) -> Int {
        switch level {
        case .month, .day, .hour, .minute, .second: 1_024
        case .sixteenth, .microseconds2500, .microseconds100: 4_096
        case .microseconds4: .max
        }
    }

    /// Notes the node with this stored key if it holds too many entries.
    @inline(__always)
    func note(_ key: UnsafeRawBufferPointer, entries: Int) {
        guard entries > CrowdedStarts.maximumEntries(of: .minute) else { return }
        unsafe noteLarge(key, entries)
    }

    private func noteLarge(_ key: UnsafeRawBufferPointer, _ entries: Int) {
        guard let key = unsafe HotStarts.Key(key), entries > CrowdedStarts.maximumEntries(of: key.level)
        else { return }
        note(key)
    }

    /// Notes a node that holds too many entries.
    func note(_ key: HotStarts.Key) {
        keys.withLock { keys in
            if keys.count < CrowdedStarts.maximumNodes { keys.insert(key) }
        }
    }

    private func take() -> Set<HotStarts.Key> {
        keys.withLock { keys in
            defer { keys = [] }
            return keys
        }
    }

    /// Hands the starts of the noted nodes to finer ones, in one synced write; does nothing without any.
    ///
    /// Nothing else may change the starts meanwhile. No sum of a window becomes another one.
    func split(in store: StoreDatabase) throws(RocksDBError) {
        var rest = take()
        guard !rest.isEmpty else { return }
        var batch = WriteBatch()
        var moved = 0
        var cursor = Cursor(store.database, store.starts, snapshot: nil)
        while moved < CrowdedStarts.maximumStartsOfFlush, let key = rest.popFirst() {
            guard let node = try CrowdedStarts.read(key, &cursor),
                node.entries.count > CrowdedStarts.maximumEntries(of: key.level)
            else { continue }
            moved += node.entries.count
            for (number, (key, part)) in node.handedDown(from: key).enumerated() {
                var bytes: [UInt8] = []
                part.encode(to: &bytes)
                // The node itself is replaced, so that queries need not read what it was.
                if number == 0 {
                    batch.put(key.bytes, bytes, in: store.starts)
                } else {
                    batch.merge(key.bytes, bytes, in: store.starts)
                }
            }
        }
        let left = rest
        keys.withLock { $0.formUnion(left) }
        guard moved > 0 else { return }
        try store.database.write(batch, sync: true)
        // So that no log has to be kept for the sake of it.
        try store.database.flush(store.starts, wait: true)
    }

    private static func read(
        _ key: HotStarts.Key,
        _ cursor: inout Cursor
    ) throws(RocksDBError) -> StartNode? {
        let bytes = key.bytes
        unsafe bytes.withUnsafeBytes { unsafe cursor.seek(to: $0) }
        guard try cursor.isValid(), unsafe cursor.key.elementsEqual(bytes) else { return nil }
        guard let node = unsafe StartNode.decode(cursor.value) else {
            throw RocksDBError(operation: "read", message: "Corruption: a stored count cannot be read")
        }
        return node
    }
}

extension StartNode {
    /// The node without entries of its own, then the parts of finer nodes that take these over.
    func handedDown(from key: HotStarts.Key) -> [(HotStarts.Key, StartNode)] {
        guard let finer = key.level.finer else { return [(key, self)] }
        var node = StartNode(totals: totals)
        for entry in entries { node.addTotal(entry.country, entry.delta) }
        let begin = key.level.start(of: key.bucket)
        var made = [(key, node)]
        var first = 0
        while first < entries.count {
            let bucket = finer.bucket(of: begin + Int64(entries[first].offset))
            let end = finer.start(of: bucket + 1)
            var part = StartNode()
            let partBegin = finer.start(of: bucket)
            while first < entries.count, begin + Int64(entries[first].offset) < end {
                let entry = entries[first]
                part.append(
                    offset: begin + Int64(entry.offset) - partBegin,
                    country: entry.country,
                    delta: entry.delta
                )
                first += 1
            }
            let place = HotStarts.Key(level: finer, bucket: bucket)
            if part.entries.count > CrowdedStarts.maximumEntries(of: finer) {
                made += part.handedDown(from: place)
            } else {
                made.append((place, part))
            }
        }
        return made
    }
}
