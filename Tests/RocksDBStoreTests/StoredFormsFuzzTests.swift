import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

// Strategy of the fuzzers here: random values are encoded and read back; then the bytes are cut at every
// length and every single bit is flipped, and what comes is read.
// Invariants: a whole form reads back as it was written; of a damaged one comes `nil` or a value that can be
// worked with; nothing traps, and nothing is read beyond the bytes.

@Suite struct StoredFormsFuzzTests {
    @Test func `records read back as they were, and damaged ones never trap`() {
        fuzz(rounds: 300) { seed in
            var random = SeededRandom(seed: seed)
            let record = StoredFormsFuzzTests.record(&random)
            let bytes = record.encoded
            let read = unsafe bytes.withUnsafeBytes { unsafe StoredRecord.decode($0) }
            #expect(read?.record == record && read?.length == bytes.count, "seed \(seed)")
            unsafe StoredFormsFuzzTests.damage(bytes) { damaged in
                if let read = unsafe StoredRecord.decode(damaged) {
                    var record = read.record
                    record.forget(notAfter: 0)
                    return record.encoded.count <= StoredRecord.maximumBytes
                }
                return true
            }
        }
    }

    @Test func `journal groups read back as they were, and damaged ones never trap`() {
        fuzz(rounds: 25) { seed in
            var random = SeededRandom(seed: seed)
            let written = (0..<Int.random(in: 1...4, using: &random)).map { _ in Change(&random) }
            var group = JournalGroup()
            for change in written { change.append(to: &group) }
            let bytes = unsafe Array(group.payload)
            var read: [Change] = []
            let isWhole = unsafe bytes.withUnsafeBytes { bytes in
                unsafe JournalEntry.forEach(in: bytes) { read.append(Change($0)) }
            }
            #expect(isWhole && read == written, "seed \(seed)")
            unsafe StoredFormsFuzzTests.damage(bytes) { damaged in
                // What is read must be fit for a memtable.
                guard let memtable = try? Memtable(MemtableLimits(sessions: 10), slack: 10) else {
                    return false
                }
                _ = unsafe JournalEntry.forEach(in: damaged) { entry in
                    memtable.count(entry)
                    _ = Change(entry)
                }
                return true
            }
        }
    }

    @Test func `nodes read back as they were, and damaged ones never trap`() {
        fuzz(rounds: 60) { seed in
            var random = SeededRandom(seed: seed)
            let node = StoredFormsFuzzTests.node(&random)
            var bytes: [UInt8] = []
            node.encode(to: &bytes)
            #expect(unsafe bytes.withUnsafeBytes { unsafe StartNode.decode($0) } == node, "seed \(seed)")
            unsafe StoredFormsFuzzTests.damage(bytes) { damaged in
                guard unsafe StartNode.decode(damaged) != nil else { return true }
                return unsafe StartNode.combine([damaged, damaged, damaged]) != nil
            }
        }
    }

    @Test func `merging nodes adds up, in any order and any grouping`() {
        fuzz(rounds: 100) { seed in
            var random = SeededRandom(seed: seed)
            let nodes = (0..<6).map { _ in StoredFormsFuzzTests.node(&random) }
            let operands = nodes.map { node in
                var bytes: [UInt8] = []
                node.encode(to: &bytes)
                return bytes
            }
            let whole = StoredFormsFuzzTests.combine(operands)
            #expect(StoredFormsFuzzTests.combine(operands.shuffled(using: &random)) == whole, "seed \(seed)")
            let cut = Int.random(in: 1..<6, using: &random)
            let parts = [
                StoredFormsFuzzTests.combine(Array(operands[..<cut])),
                StoredFormsFuzzTests.combine(Array(operands[cut...])),
            ]
            #expect(StoredFormsFuzzTests.combine(parts) == whole, "seed \(seed), cut at \(cut)")
            let sum = unsafe whole.withUnsafeBytes { unsafe StartNode.decode($0) }
            let expected = nodes.reduce(Int64(0)) { $0 + StoredFormsFuzzTests.sum($1) }
            #expect(sum.map(StoredFormsFuzzTests.sum) == expected, "seed \(seed)")
        }
    }

    // Strategy: many long operands, as flushes that crowd a node leave them, and some whose entries are in no order.
    // Invariant: the sum of an instant and a country is what adding up one entry after the other gives.
    @Test func `merging many long lists of entries adds up and keeps them in order`() {
        fuzz(rounds: 20) { seed in
            var random = SeededRandom(seed: seed)
            let instants = random.element(of: [3, 100, 60_000_000])
            var expected: [[Int]: Int64] = [:]
            let operands = (0..<random.element(of: [2, 3, 11, 128])).map { _ in
                var node = StartNode()
                let offsets = (0..<random.element(of: [0, 1, 50, 700])).map { _ in
                    UInt32.random(in: 0..<UInt32(instants), using: &random)
                }
                for offset in random.once(in: 8) ? offsets : offsets.sorted() {
                    // A stored form has distances: it cannot go back.
                    guard offset >= node.entries.last?.offset ?? 0 else { continue }
                    let country = UInt16.random(
                        in: 0..<UInt16(random.element(of: [2, CountryCode.count])),
                        using: &random
                    )
                    let delta: Int64 = random.element(of: [1, 1, -1, 0, 5_000])
                    node.entries.append(StartNode.Entry(offset: offset, country: country, delta: delta))
                    expected[[Int(offset), Int(country)], default: 0] += delta
                }
                return node.encoded
            }
            let merged = StoredFormsFuzzTests.combine(operands)
            let node = unsafe merged.withUnsafeBytes { unsafe StartNode.decode($0) }
            let entries = node?.entries ?? []
            #expect(zip(entries, entries.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
            let sums = Dictionary(
                uniqueKeysWithValues: entries.map { ([Int($0.offset), Int($0.country)], $0.delta) }
            )
            #expect(sums == expected.filter { $0.value != 0 }, "seed \(seed)")
        }
    }

    @Test func `a query is given operands as they are, and nothing is merged for it`() {
        let nodes = [3, 1, 2].map { offset in
            StartNode(entries: [StartNode.Entry(offset: UInt32(offset), country: 7, delta: 1)])
        }
        let operands = nodes.map(\.encoded)
        let joined = OperandJoining.run { StoredFormsFuzzTests.combine(operands) }
        #expect(joined == operands.flatMap(\.self))
        var read: [UInt32] = []
        let isWhole = unsafe joined.withUnsafeBytes { bytes in
            unsafe StartNode.forEach(in: bytes, total: { _ in }, entry: { read.append($0.offset) })
        }
        #expect(isWhole && read == [3, 1, 2])
        #expect(StoredFormsFuzzTests.combine(operands) != joined)
    }

    @Test func `a node that handed starts down keeps a total, however it is merged`() {
        var node = StartNode()
        node.addTotal(7, 3)
        var opposite = StartNode()
        opposite.addTotal(7, -2)
        opposite.addTotal(7, -1)
        let operands = [node, opposite].map { node in
            var bytes: [UInt8] = []
            node.encode(to: &bytes)
            return bytes
        }
        let merged = StoredFormsFuzzTests.combine(operands)
        #expect(merged == [1, 0, 0, 0])
        #expect(StoredFormsFuzzTests.combine([merged, operands[0]]) == operands[0])
        #expect(StoredFormsFuzzTests.combine([[0, 0], [0, 0]]) == [0, 0])
    }

    private static func combine(_ operands: [[UInt8]]) -> [UInt8] {
        // One buffer for all, so that the pointers live as long as the call.
        let joined = operands.flatMap { $0 }
        return unsafe joined.withUnsafeBytes { bytes in
            var views = unsafe [UnsafeRawBufferPointer]()
            var offset = 0
            for operand in operands {
                unsafe views.append(
                    UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + operand.count)])
                )
                offset += operand.count
            }
            return unsafe StartNode.combine(views) ?? []
        }
    }

    private static func sum(_ node: StartNode) -> Int64 {
        node.totals.reduce(0) { $0 + $1.delta } + node.entries.reduce(0) { $0 + $1.delta }
    }

    /// Calls `isSound` with every truncation of the bytes and with every flip of one bit.
    private static func damage(_ bytes: [UInt8], _ isSound: (UnsafeRawBufferPointer) -> Bool) {
        func check(_ damaged: [UInt8]) {
            let isSound = unsafe damaged.withUnsafeBytes { unsafe isSound($0) }
            if !isSound { Issue.record("\(damaged) of \(bytes)") }
        }
        for length in bytes.indices { check(Array(bytes.prefix(length))) }
        for bit in 0..<(8 * bytes.count) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            check(damaged)
        }
    }

    fileprivate static func instant(_ random: inout SeededRandom) -> Int64 {
        random.element(of: [
            Timestamp.earliest.microseconds, Timestamp.latest.microseconds, 1_480_683_600_123_456,
            Int64.random(in: 0...Timestamp.latest.microseconds, using: &random),
        ])
    }

    fileprivate static func country(_ random: inout SeededRandom) -> CountryCode {
        CountryCode(ordinal: Int.random(in: 0..<CountryCode.count, using: &random))
    }

    fileprivate static func record(_ random: inout SeededRandom) -> StoredRecord {
        var record = StoredRecord.empty
        if Bool.random(using: &random) {
            _ = record.merge(start: instant(&random), country: country(&random).rawValue)
        }
        if Bool.random(using: &random) { _ = record.merge(end: instant(&random)) }
        return record
    }

    private static func node(_ random: inout SeededRandom) -> StartNode {
        var node = StartNode()
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let delta = random.element(of: [1, -1, 300, Int64.random(in: 1...1_000_000, using: &random)])
            let ordinal = UInt16(random.element(of: [0, 5, 675, 676, CountryCode.count - 1]))
            if !node.totals.contains(where: { $0.country == ordinal }) { node.addTotal(ordinal, delta) }
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            node.entries.append(
                StartNode.Entry(
                    offset: random.element(of: [0, 1, 128, 59_999_999]),
                    country: UInt16(random.element(of: [0, 5, 675, 676, CountryCode.count - 1])),
                    delta: random.element(of: [1, -1, 70])
                )
            )
        }
        return node + StartNode()
    }
}

/// A journal entry with its bytes copied.
private struct Change: Equatable {
    var key: [UInt8]
    var playerLength: Int
    var record: StoredRecord
    var addsStart: Bool
    var removedStart: Int64?
    var removedCountry: UInt16?
    var indexedEnd: Int64

    init(_ entry: JournalEntry) {
        key = unsafe Array(entry.key)
        playerLength = entry.playerLength
        record = entry.record
        addsStart = entry.addsStart
        removedStart = entry.removedStart?.microseconds
        removedCountry = entry.removedStart?.country
        indexedEnd = entry.indexedEnd
    }

    init(_ random: inout SeededRandom) {
        let player = packed(random.element(of: StoreContract.awkwardIDs).bytes)
        key = player + packed(random.element(of: StoreContract.awkwardIDs).bytes)
        playerLength = player.count
        record = StoredFormsFuzzTests.record(&random)
        addsStart = record.hasStart && Bool.random(using: &random)
        if Bool.random(using: &random) {
            removedStart = StoredFormsFuzzTests.instant(&random)
            removedCountry = StoredFormsFuzzTests.country(&random).rawValue
        }
        indexedEnd = Bool.random(using: &random) ? StoredFormsFuzzTests.instant(&random) : StoredRecord.noEnd
    }

    func append(to group: inout JournalGroup) {
        unsafe key.withUnsafeBytes { bytes in
            var entry = unsafe JournalEntry(
                key: bytes,
                playerLength: playerLength,
                record: record,
                addsStart: addsStart,
                removedStart: nil,
                indexedEnd: indexedEnd
            )
            if let removedStart, let removedCountry { entry.removedStart = (removedStart, removedCountry) }
            group.append(entry)
        }
    }
}
