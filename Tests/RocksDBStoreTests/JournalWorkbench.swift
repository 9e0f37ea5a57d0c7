import Foundation
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// A journal by itself, in a directory of its own, whose groups are known by their numbers.
final class JournalWorkbench {
    static let blockBytes = JournalRecord.blockBytes

    let directory: TemporaryDirectory
    private var group = JournalGroup()
    let segmentBytes: Int

    init(
        segmentBytes: Int = Journal.usualSegmentBytes,
        _ directory: TemporaryDirectory = TemporaryDirectory()
    ) throws {
        self.directory = directory
        self.segmentBytes = segmentBytes
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
    }

    func contents(after committed: UInt64 = 0) throws -> JournalContents {
        try JournalContents(directory: directory.path, committed: committed)
    }

    func open(after committed: UInt64 = 0) throws -> Journal {
        try Journal(contents(after: committed), segmentBytes: segmentBytes)
    }

    /// Appends the group of a number, of so many changes of 48 bytes.
    func append(_ journal: Journal, _ number: UInt64, changes: Int = 1, sync: Bool = true) throws {
        group.removeAll()
        for change in 0..<changes {
            let key = packed(Array("p\(number)".utf8)) + packed(Array("s\(change)".utf8))
            unsafe key.withUnsafeBytes { key in
                group.append(
                    unsafe JournalEntry(
                        key: key,
                        playerLength: PackedIdentifier.length(at: key) ?? 0,
                        record: StoredRecord(start: 1, end: 2, country: country("FI").rawValue),
                        addsStart: true,
                        removedStart: nil,
                        indexedEnd: StoredRecord.noEnd
                    )
                )
            }
        }
        try journal.append(&group, sequence: number)
        if sync { try journal.sync() }
    }

    /// The groups that are found, by number and how many changes each has; an error where there is damage.
    func found(after committed: UInt64 = 0) throws -> [(number: UInt64, changes: Int)] {
        var found: [(UInt64, Int)] = []
        unsafe try contents(after: committed).replay { sequence, bytes throws(SessionStoreError) in
            var changes = 0
            let isWhole = unsafe JournalEntry.forEach(in: bytes) { _ in changes += 1 }
            #expect(isWhole)
            found.append((sequence, changes))
        }
        return found
    }

    func numbers(after committed: UInt64 = 0) throws -> [UInt64] { try found(after: committed).map(\.number) }

    /// Why the journal is refused.
    func complaint(after committed: UInt64 = 0) -> String? {
        do throws(SessionStoreError) {
            _ = try JournalContents(directory: directory.path, committed: committed)
            return nil
        } catch {
            return error.reason
        }
    }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
    }

    func change(_ name: String = "1.journal", at offset: Int, to bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: directory.path + "/" + name))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    func bytes(_ name: String = "1.journal", at offset: Int, count: Int) throws -> [UInt8] {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory.path + "/" + name))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(offset))
        return try Array(file.read(upToCount: count) ?? Data())
    }

    /// Puts zeros in the place of a block.
    func zero(block: Int, of name: String = "1.journal") throws {
        try change(name, at: block * Self.blockBytes, to: [UInt8](repeating: 0, count: Self.blockBytes))
    }
}
