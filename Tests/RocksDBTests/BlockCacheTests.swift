import Foundation
import Testing

@testable import RocksDB

@Suite struct BlockCacheTests {
    private static let keys = 300_000
    private static let family = "runs"

    /// Keys of even numbers are in the run.
    private static func key(_ number: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private static func options(_ cache: BlockCache?) -> ColumnFamilyOptions {
        var options = ColumnFamilyOptions(name: family, compaction: .none)
        options.bloomBitsPerKey = 10
        options.cache = cache
        return options
    }

    /// A database with one run, which was written with `writer`'s table format and is read with `reader`'s.
    private static func open(
        _ directory: TemporaryDirectory,
        writer: ColumnFamilyOptions,
        reader: ColumnFamilyOptions
    ) throws -> Database {
        let database = try Database(
            DatabaseOptions(path: directory.path + "/db"),
            columnFamilies: [ColumnFamilyOptions(name: "default", compaction: .none), reader]
        )
        var run = try SSTFileWriter(path: directory.path + "/run.sst", for: writer)
        for number in 0..<keys { try run.put(key(2 * number), [UInt8(number % 251)]) }
        try run.finish()
        try database.ingest(directory.path + "/run.sst", into: database.columnFamilies[1])
        return database
    }

    /// How many bytes this thread has read with system calls.
    private static func readBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
        return try #require(
            text.split(separator: "\n").first { $0.hasPrefix("rchar: ") }.flatMap { Int($0.dropFirst(7)) }
        )
    }

    /// Looks up keys all over the run; returns how many were found.
    private static func lookUp(_ count: Int, in database: Database, offset: Int) throws -> Int {
        var found = 0
        var batch = KeyBatch()
        for number in 0..<count {
            batch.removeAll()
            let place = number &* 7_919 % keys
            unsafe key(2 * place + offset).withUnsafeBytes { unsafe batch.append($0) }
            try unsafe batch.lookUp(in: database, database.columnFamilies[1]) { _, value in
                if unsafe value.elementsEqual([UInt8(place % 251)]) { found += 1 }
            }
        }
        return found
    }

    /// The filter takes 375 KB and the index 100 KB, so neither fits as a whole.
    @Test func `a look-up through a cache smaller than a run's filter reads pieces of it`() throws {
        let directory = try TemporaryDirectory()
        let options = BlockCacheTests.options(BlockCache(bytes: 64 << 10))
        let database = try BlockCacheTests.open(directory, writer: options, reader: options)
        let before = try BlockCacheTests.readBytes()
        let count = 2_000
        let found = try BlockCacheTests.lookUp(count, in: database, offset: 1)
        let read = try BlockCacheTests.readBytes() - before
        #expect(found == 0)
        // A piece of the filter, and now and then one of the index and a block.
        #expect(read < count * 12_000, "\(read / count) bytes a look-up")
        #expect(try BlockCacheTests.lookUp(count, in: database, offset: 0) == count)
    }

    @Test func `a run whose filter and index are in one piece stays readable, and is rewritten in pieces`()
        throws
    {
        let directory = try TemporaryDirectory()
        let database = try BlockCacheTests.open(
            directory,
            writer: BlockCacheTests.options(nil),
            reader: BlockCacheTests.options(BlockCache(bytes: 1 << 20))
        )
        #expect(try BlockCacheTests.lookUp(1_000, in: database, offset: 0) == 1_000)
        #expect(try BlockCacheTests.lookUp(1_000, in: database, offset: 1) == 0)
    }

    @Test(arguments: [(64 << 10, 0), (2 << 20, 0), (8 << 20, 2), (32 << 20, 4), (1 << 40, 4)])
    func `a cache has few shards, each large enough for the largest block`(_ bytes: Int, _ bits: Int) {
        #expect(BlockCache.shardBits(bytes: bytes) == bits)
    }
}
