import Foundation
import Fuzzing
import PlayerSessions
import Testing

@testable import RocksDBStore

// Strategy: journals of small files live through random groups, syncs, marks, releases and power losses. A loss leaves of
// each page that was not synced what it was written last, what it held at the last sync, or zeros, each page by itself.
// Invariants: all groups that were synced are there, in order and with their content; behind them come none, some or all
// of those that were not, without a gap; and where an acknowledged group is destroyed afterwards, the start is refused, or
// it was the last one and nothing tells.

@Suite struct JournalFuzzTests {
    private typealias Image = [String: [UInt8]]

    @Test func `a power loss takes nothing that was synced, whatever pages it takes`() throws {
        try fuzz(rounds: 60) { seed in
            var random = SeededRandom(seed: seed)
            var bench = try JournalWorkbench(
                segmentBytes: Int.random(in: 2...12, using: &random) * JournalWorkbench.blockBytes
            )
            var sizes: [UInt64: Int] = [:]
            var (committed, last): (UInt64, UInt64) = (0, 0)
            for life in 0..<6 {
                let journal = try bench.open(after: committed)
                #expect(journal.lastSequence == last, "seed \(seed), life \(life)")
                var synced = last
                var durable = try image(of: bench)
                for _ in 0..<Int.random(in: 0...40, using: &random) {
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0..<4:
                        last += 1
                        sizes[last] = Int.random(in: 1...(random.once(in: 5) ? 500 : 40), using: &random)
                        try bench.append(journal, last, changes: sizes[last] ?? 0, sync: false)
                    case 4, 5:
                        try journal.sync()
                        synced = last
                        durable = try image(of: bench)
                    case 6: try journal.mark()
                    default:
                        committed = UInt64.random(in: committed...synced, using: &random)
                        journal.files.release(through: committed)
                    }
                }
                bench = try afterLoss(of: bench, durable, &random)
                let found = try bench.found(after: committed)
                #expect(
                    found.map(\.number) == found.indices.map { committed + 1 + UInt64($0) },
                    "seed \(seed), life \(life)"
                )
                let end = found.last?.number ?? committed
                #expect(
                    synced...max(synced, last) ~= end,
                    "seed \(seed), life \(life): \(synced), \(end), \(last)"
                )
                #expect(found.allSatisfy { sizes[$0.number] == $0.changes }, "seed \(seed), life \(life)")
                last = end
            }
            try destroy(bench, committed, last, &random, seed)
        }
    }

    /// Destroys a block of a group that has to be there, and reads again.
    private func destroy(
        _ bench: JournalWorkbench,
        _ committed: UInt64,
        _ last: UInt64,
        _ random: inout SeededRandom,
        _ seed: UInt64
    ) throws {
        let journal = try bench.open(after: committed)
        let isMarked = random.once(in: 2)
        if isMarked { try journal.mark() }
        let contents = try bench.contents(after: committed)
        guard let victim = contents.groups.randomElement(using: &random) else { return }
        let blocks = (64 + victim.record.payloadBytes + 4_095) / 4_096
        let block = victim.offset / 4_096 + Int.random(in: 0..<blocks, using: &random)
        let name = String(contents.files[victim.file].path.split(separator: "/").last ?? "")
        // The last bytes of a group may be zeros, and alone in its last block.
        let before = try bench.bytes(name, at: block * 4_096, count: 4_096)
        guard before.contains(where: { $0 != 0 }) else { return }
        try bench.zero(block: block, of: name)
        if let complaint = bench.complaint(after: committed) {
            #expect(
                complaint.contains("group \(victim.record.sequence) is missing or damaged"),
                "seed \(seed)"
            )
        } else {
            // Of groups that one power loss left unsynced and a start made durable nothing says so yet.
            #expect(!isMarked, "seed \(seed)")
            let numbers = try bench.numbers(after: committed)
            #expect(numbers.count == Int(victim.record.sequence - committed) - 1, "seed \(seed)")
        }
    }

    private func image(of bench: JournalWorkbench) throws -> Image {
        var image: Image = [:]
        for name in try bench.files {
            image[name] = try Array(Data(contentsOf: URL(fileURLWithPath: bench.directory.path + "/" + name)))
        }
        return image
    }

    private func afterLoss(
        of bench: JournalWorkbench,
        _ durable: Image,
        _ random: inout SeededRandom
    ) throws -> JournalWorkbench {
        let after = try JournalWorkbench(segmentBytes: bench.segmentBytes)
        // A start of no loss, of a whole one, or of one page by page.
        let kind = Int.random(in: 0..<4, using: &random)
        for (name, bytes) in try image(of: bench).sorted(by: { $0.key < $1.key }) {
            let former = durable[name] ?? []
            var left = bytes
            for page in stride(from: 0, to: bytes.count, by: 4_096) {
                let end = min(page + 4_096, bytes.count)
                let old = page < former.count ? Array(former[page..<min(end, former.count)]) : []
                guard Array(bytes[page..<end]) != old else { continue }
                let zeros = [UInt8](repeating: 0, count: end - page)
                let choice = kind == 0 ? 0 : kind == 1 ? 1 : Int.random(in: 0..<3, using: &random)
                let content =
                    choice == 0
                    ? Array(bytes[page..<end]) : choice == 1 && old.count == zeros.count ? old : zeros
                left.replaceSubrange(page..<end, with: content)
            }
            try Data(left).write(to: URL(fileURLWithPath: after.directory.path + "/" + name))
        }
        return after
    }
}
