import Foundation
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct JournalTests {
    /// Changes of a group that takes three blocks.
    private static let threeBlocks = 300

    @Test func `groups come back in order, and the journal goes on after them`() throws {
        let bench = try JournalWorkbench()
        for round in 0..<3 as Range<UInt64> {
            let journal = try bench.open()
            for number in (round * 5 + 1)...(round * 5 + 5) {
                try bench.append(journal, number, changes: Int(number) * 60)
            }
            try journal.mark()
        }
        let found = try bench.found()
        #expect(found.map(\.number) == Array(1...15))
        #expect(found.map(\.changes) == (1...15).map { $0 * 60 })
        #expect(try bench.numbers(after: 7) == Array(8...15))
        #expect(try bench.files == ["1.journal"])
    }

    @Test func `a torn last group was not acknowledged, whichever of its blocks is missing`() throws {
        for block in 0..<3 {
            let bench = try JournalWorkbench()
            let journal = try bench.open()
            try bench.append(journal, 1)
            try bench.append(journal, 2, changes: Self.threeBlocks, sync: false)
            #expect(try bench.contents().end == 4 * JournalWorkbench.blockBytes)
            try bench.zero(block: 1 + block)
            #expect(try bench.numbers() == [1], "block \(block)")
            // What comes next takes its number and its place.
            let again = try bench.open()
            try bench.append(again, 2)
            try bench.append(again, 3)
            #expect(try bench.numbers() == [1, 2, 3])
        }
    }

    @Test func `groups that were written beside a sync may be there without the one before`() throws {
        let bench = try JournalWorkbench()
        let journal = try bench.open()
        try bench.append(journal, 1)
        for number in 2...4 as ClosedRange<UInt64> { try bench.append(journal, number, sync: false) }
        try bench.zero(block: 1)
        #expect(try bench.numbers() == [1])
        // A shorter life writes over the first of them only; what lies behind is of no use to anybody.
        let again = try bench.open()
        try bench.append(again, 2, changes: 2)
        #expect(try bench.found().map(\.changes) == [1, 2])
        // Nor when the runs hold all that was written since.
        #expect(try bench.numbers(after: 2) == [])
        let after = try bench.open(after: 2)
        try bench.append(after, 3)
        #expect(try bench.numbers(after: 2) == [3])
    }

    @Test func `an acknowledged group that is damaged stops the start`() throws {
        for (block, number) in [(0, 1), (1, 2), (3, 2), (4, 3)] {
            let bench = try JournalWorkbench()
            let journal = try bench.open()
            try bench.append(journal, 1)
            try bench.append(journal, 2, changes: Self.threeBlocks)
            try bench.append(journal, 3)
            try bench.append(journal, 4)
            try bench.zero(block: block)
            let complaint = try #require(bench.complaint(), "block \(block)")
            #expect(complaint.contains("group \(number) is missing or damaged"), "\(complaint)")
            #expect(complaint.contains("1.journal says that all through 3 were synced"), "\(complaint)")
            // What the runs hold may be damaged.
            #expect(bench.complaint(after: UInt64(number)) == nil)
        }
    }

    @Test func `damage to the last group is known by the mark behind it`() throws {
        let bench = try JournalWorkbench()
        let journal = try bench.open()
        for number in 1...3 as ClosedRange<UInt64> { try bench.append(journal, number) }
        let unmarked = try bench.bytes(at: 0, count: 3 * JournalWorkbench.blockBytes)
        try bench.zero(block: 2)
        // Nothing tells it from a group that was never acknowledged.
        #expect(try bench.numbers() == [1, 2])
        try bench.change(at: 0, to: unmarked)
        try journal.mark()
        #expect(try bench.numbers() == [1, 2, 3])
        try bench.zero(block: 2)
        #expect(bench.complaint()?.contains("group 3 is missing or damaged") == true)
    }

    @Test func `a mark is no promise while a group is not synced, and the next group takes its place`() throws
    {
        let bench = try JournalWorkbench()
        let journal = try bench.open()
        try bench.append(journal, 1)
        try journal.mark()
        try bench.append(journal, 2, sync: false)
        try journal.mark()
        #expect(try bench.contents().end == 2 * JournalWorkbench.blockBytes)
        try bench.zero(block: 1)
        #expect(try bench.numbers() == [1])
    }

    @Test func `every bit of a group and of its header counts`() throws {
        let bench = try JournalWorkbench()
        let journal = try bench.open()
        try bench.append(journal, 1)
        try bench.append(journal, 2)
        let payload = try #require(bench.contents().groups.first).record.payloadBytes
        let group = try bench.bytes(at: 0, count: JournalRecord.headerBytes + payload)
        for index in group.indices {
            for bit in 0..<8 {
                try bench.change(at: index, to: [group[index] ^ 1 << bit])
                #expect(bench.complaint()?.contains("group 1 is") == true, "byte \(index), bit \(bit)")
            }
            try bench.change(at: index, to: [group[index]])
        }
        #expect(try bench.numbers() == [1, 2])
    }

    @Test func `full files are used again when the runs hold their groups, and a few are kept`() throws {
        let bench = try JournalWorkbench(segmentBytes: 10 * JournalWorkbench.blockBytes)
        let journal = try bench.open()
        for number in 1...200 as ClosedRange<UInt64> { try bench.append(journal, number) }
        #expect(try bench.files.count == 20)
        #expect(try bench.numbers() == Array(1...200))
        journal.files.release(through: 174)
        // Seventeen files are not needed any more, of which eight are kept.
        #expect(try bench.files.count == 11)
        #expect(try bench.numbers(after: 174) == Array(175...200))
        for number in 201...280 as ClosedRange<UInt64> { try bench.append(journal, number) }
        #expect(try bench.files.count == 11)
        #expect(try bench.numbers(after: 174) == Array(175...280))
        // What lies in them from before is older than what the runs hold.
        #expect(try bench.numbers(after: 279) == [280])
        let again = try bench.open(after: 280)
        for number in 281...500 as ClosedRange<UInt64> {
            try bench.append(again, number)
            again.files.release(through: number)
        }
        #expect(try bench.files.count <= 11)
        #expect(try bench.numbers(after: 495) == Array(496...500))
    }

    @Test func `the next file is made before it is needed, and only one`() throws {
        let bench = try JournalWorkbench(segmentBytes: 10 * JournalWorkbench.blockBytes)
        let journal = try bench.open()
        let making = try WorkerThread("journal files") { journal.files.run() }
        for number in 1...7 as ClosedRange<UInt64> { try bench.append(journal, number) }
        let whole = [UInt8](repeating: 0, count: 10 * JournalWorkbench.blockBytes)
        for _ in 0..<10_000 where (try? bench.bytes("2.journal", at: 0, count: whole.count)) != whole {
            usleep(1_000)
        }
        journal.files.stop()
        making.join()
        #expect(try bench.files == ["1.journal", "2.journal"])
        #expect(try bench.bytes("2.journal", at: 0, count: whole.count + 1) == whole)
        #expect(try bench.numbers() == Array(1...7))
        for number in 8...20 as ClosedRange<UInt64> { try bench.append(journal, number) }
        #expect(try bench.files == ["1.journal", "2.journal"])
        #expect(try bench.numbers() == Array(1...20))
    }

    @Test func `a file that is missing is a gap`() throws {
        let bench = try JournalWorkbench(segmentBytes: 10 * JournalWorkbench.blockBytes)
        let journal = try bench.open()
        for number in 1...35 as ClosedRange<UInt64> { try bench.append(journal, number) }
        try FileManager.default.removeItem(atPath: bench.directory.path + "/2.journal")
        #expect(bench.complaint()?.contains("group 11 is missing or damaged") == true)
        #expect(try bench.numbers(after: 20) == Array(21...35))
    }

    @Test func `a group that is larger than a file has one to itself`() throws {
        let bench = try JournalWorkbench(segmentBytes: 4 * JournalWorkbench.blockBytes)
        let journal = try bench.open()
        for (number, changes) in [(1, 1), (2, 2_000), (3, 1), (4, 2_000)] {
            try bench.append(journal, UInt64(number), changes: changes)
        }
        #expect(try bench.found().map(\.changes) == [1, 2_000, 1, 2_000])
        #expect(try bench.files.count == 4)
    }

    @Test func `other files in the directory are left alone`() throws {
        let bench = try JournalWorkbench()
        for name in ["x.journal", "1.journal.old", "-1.journal"] {
            try Data("what".utf8).write(to: URL(fileURLWithPath: bench.directory.path + "/" + name))
        }
        try bench.append(bench.open(), 1)
        #expect(try bench.numbers() == [1])
        #expect(try bench.files.count == 4)
    }

    @Test func `the store's journal stays small while its groups reach the runs`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        let journal = harness.directory.path + "/journal"
        for round in 0..<40 {
            for batch in 0..<5 {
                let events = (0..<200).map { number in
                    start("p\(number)", "s\(round)-\(batch)-\(number)", "FI", beginning + Int64(number))
                }
                try await store.append(EventBatch(events))
            }
            store.flush()
        }
        await store.close()
        // All rounds together wrote some 2 MB.
        let names = try FileManager.default.contentsOfDirectory(atPath: journal)
        let bytes = try names.reduce(0) { bytes, name in
            try bytes
                + ((FileManager.default.attributesOfItem(atPath: journal + "/" + name)[.size] as? Int) ?? 0)
        }
        #expect(bytes < 5 << 20, "\(names)")
    }
}
