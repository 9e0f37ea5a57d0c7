import Foundation
import Fuzzing
import Testing

@testable import RocksDBStore

@Suite struct MembershipLogFuzzTests {
    /// What a reader finds in a log, `nil` where it finds damage.
    private static func contents(_ log: MembershipLog, _ mark: MembershipMark) -> [UInt64]? {
        var found: [UInt64] = []
        do throws(MembershipLog.Damage) {
            var reader = try MembershipLog.Reader(log, mark)
            while try reader.next(
                end: log.length,
                { hashes in
                    for index in hashes.indices { found.append(hashes[index]) }
                }
            ) {}
            return found
        } catch {
            return nil
        }
    }

    // Strategy: appends of every size from nothing to several frames, each of which may be the one that the mark speaks
    // of; then the file is left as it is, cut, lengthened, or a part of it is flipped, zeroed or copied elsewhere.
    // Invariant: the log of the mark gives exactly what was appended before the mark, or is found to be damaged, and
    // is not damaged where only bytes behind the mark were touched. What is appended afterwards is read, too.
    @Test func `a log gives what belongs to its mark, or is found out`() throws {
        let directory = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let path = directory.path + "/keys"
        try fuzz(rounds: 150) { seed in
            var random = SeededRandom(seed: seed)
            let log = try MembershipLog.create(path, seed: 3, salt: random.next())
            var appended: [UInt64] = []
            var (mark, marked) = (log.mark(7), 0)
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let count = random.element(of: [0, 1, 3, 400, 400, MembershipLog.maximumFrame + 1])
                let hashes = (0..<count).map { _ in random.next() }
                try log.append(hashes)
                appended += hashes
                if random.once(in: 2) { (mark, marked) = (log.mark(7), appended.count) }
            }
            #expect(MembershipLogFuzzTests.contents(log, mark) == appended, "seed \(seed)")
            var file = try Data(contentsOf: URL(fileURLWithPath: path))
            let isHarmed = MembershipLogFuzzTests.damage(&file, mark.length, &random)
            try file.write(to: URL(fileURLWithPath: path))
            guard let again = MembershipLog.open(path, mark) else {
                #expect(isHarmed, "seed \(seed)")
                return
            }
            #expect(again.length == mark.length && again.chain == mark.chain)
            let found = MembershipLogFuzzTests.contents(again, mark)
            #expect(found == (isHarmed ? nil : Array(appended.prefix(marked))), "seed \(seed)")
            try again.append([1, 2, 3])
            if !isHarmed {
                let whole = Array(appended.prefix(marked)) + [1, 2, 3]
                #expect(MembershipLogFuzzTests.contents(again, mark) == whole, "seed \(seed)")
            }
        }
    }

    /// Says whether anything before `length` is another than it was.
    private static func damage(_ file: inout Data, _ length: Int, _ random: inout SeededRandom) -> Bool {
        let before = file.prefix(length)
        let at = Int.random(in: 0..<file.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: break
        case 1: file.removeSubrange(at...)
        case 2:
            file.append(contentsOf: (0..<Int.random(in: 1...9_000, using: &random)).map { UInt8($0 & 255) })
        case 3: file[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4: file.resetBytes(in: at..<min(file.count, at + random.element(of: [1, 512, 4_096])))
        default:
            let from = Int.random(in: 0..<file.count, using: &random)
            let count = min(random.element(of: [8, 512, 4_096]), file.count - max(at, from))
            file.replaceSubrange(at..<at + count, with: file[from..<from + count])
        }
        return file.prefix(length) != before
    }

    @Test func `a log of the same length with another beginning is another log`() throws {
        let directory = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let logs = try (0..<2).map { number in
            let log = try MembershipLog.create(directory.path + "/\(number)", seed: 3, salt: UInt64(number))
            try log.append([1, 2, 3])
            return log
        }
        #expect(logs[0].length == logs[1].length)
        let other = try #require(MembershipLog.open(directory.path + "/1", logs[0].mark(1)))
        #expect(MembershipLogFuzzTests.contents(other, logs[0].mark(1)) == nil)
    }
}
