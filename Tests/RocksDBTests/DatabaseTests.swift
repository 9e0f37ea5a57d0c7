import Foundation
import RocksDB
import Synchronization
import Testing

@Suite struct DatabaseTests {
    @Test func `a batch is applied, survives closing, and ranges of it can be deleted`() throws {
        let directory = try TemporaryDirectory()
        do {
            let test = try TestDatabase(directory)
            try test.write(test.filtered) { batch, family in
                for key in ["a", "b", "c", "d"] { batch.put(bytes(key), bytes("1"), in: family) }
                batch.deleteRange(from: bytes("b"), to: bytes("d"), in: family)
                batch.put(bytes("c"), bytes("2"), in: family)
            }
        }
        let test = try TestDatabase(directory)
        #expect(try test.contents(test.filtered) == ["a=1", "c=2", "d=1"])
        #expect(try test.contents(test.sums) == [])
    }

    @Test func `a batch that was cleared changes nothing`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.filtered) { batch, family in
            batch.put(bytes("a"), bytes("1"), in: family)
            batch.clear()
        }
        #expect(try test.contents(test.filtered) == [])
    }

    @Test func `a snapshot shows what was when it was taken`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.filtered) { $0.put(bytes("a"), bytes("old"), in: $1) }
        let snapshot = Snapshot(of: test.database)
        try test.write(test.filtered) {
            $0.put(bytes("a"), bytes("new"), in: $1)
            $0.put(bytes("b"), bytes("new"), in: $1)
        }
        #expect(try test.contents(test.filtered, snapshot) == ["a=old"])
        #expect(try test.contents(test.filtered) == ["a=new", "b=new"])
        var keys = KeyBatch()
        for key in ["b", "a"] { unsafe bytes(key).withUnsafeBytes { unsafe keys.append($0) } }
        var found: [Int: String] = [:]
        unsafe try keys.lookUp(in: test.database, test.filtered, snapshot: snapshot) {
            found[$0] = unsafe String(decoding: $1, as: UTF8.self)
        }
        #expect(found == [1: "old"])
    }

    @Test func `keys are looked up together, each under its number, again and again`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.filtered) { batch, family in
            for number in 0..<2_000 where number % 3 == 0 {
                batch.put(bytes("key \(number)"), bytes("\(number)"), in: family)
            }
        }
        // From the memtable, then from a file through its filter.
        for _ in 0..<2 {
            var keys = KeyBatch()
            for round in 0..<3 {
                keys.removeAll()
                for number in 0..<2_000 {
                    unsafe bytes("key \(number)").withUnsafeBytes { unsafe keys.append($0) }
                }
                #expect(keys.count == 2_000)
                var found: [Int: String] = [:]
                unsafe try keys.lookUp(in: test.database, test.filtered) {
                    found[$0] = unsafe String(decoding: $1, as: UTF8.self)
                }
                #expect(found.count == 667, "round \(round)")
                #expect(found.allSatisfy { $0.key % 3 == 0 && $0.value == "\($0.key)" })
            }
            try test.database.flush(test.filtered, wait: true)
        }
    }

    @Test func `operands are merged, over what was put and over files`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/sums.sst"
        let test = try TestDatabase(directory)
        try test.write(test.sums) { batch, family in
            batch.put(bytes("x"), [40], in: family)
            batch.merge(bytes("x"), [1], in: family)
            batch.merge(bytes("y"), [7], in: family)
        }
        var writer = try SSTFileWriter(path: path, for: test.sumOptions)
        try writer.merge(bytes("x"), [2])
        try writer.merge(bytes("y"), [1])
        #expect(writer.count == 2)
        try writer.finish()
        try test.database.ingest(path, into: test.sums)
        let whole = ["x=\(Character(UnicodeScalar(43)))", "y=\(Character(UnicodeScalar(8)))"]
        #expect(try test.contents(test.sums) == whole)
        #expect(test.database.compact(test.sums))
        #expect(try test.contents(test.sums) == whole)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `an operand that cannot be read is an error and no crash`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.sums) { batch, family in
            batch.put(bytes("x"), [1], in: family)
            batch.merge(bytes("x"), [1, 2], in: family)
        }
        #expect {
            try test.contents(test.sums)
        } throws: { error in
            (error as? RocksDBError)?.kind == .corruption
        }
    }

    @Test func `compactions drop and replace what the filter says, whatever snapshots there are`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.filtered) { batch, family in
            batch.put(bytes("a"), bytes("drop"), in: family)
            batch.put(bytes("b"), bytes("replace"), in: family)
            batch.put(bytes("c"), bytes("keep"), in: family)
        }
        try test.database.flush(test.filtered, wait: true)
        let snapshot = Snapshot(of: test.database)
        let before = test.database.files(of: test.filtered)
        #expect(before.count == 1)
        #expect(test.database.compact(test.filtered))
        #expect(try test.contents(test.filtered) == ["b=replaced", "c=keep"])
        #expect(try test.contents(test.filtered, snapshot) == ["b=replaced", "c=keep"])
        #expect(test.database.files(of: test.filtered).isDisjoint(with: before))
    }

    @Test func `many replacements in one compaction do not run into one another`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        for half in 0..<2 {
            try test.write(test.filtered) { batch, family in
                for number in 0..<5_000 where number % 2 == half {
                    batch.put(bytes("\(number)"), bytes("r\(number)"), in: family)
                }
            }
            try test.database.flush(test.filtered, wait: true)
        }
        #expect(test.database.compact(test.filtered))
        let contents = try test.contents(test.filtered)
        #expect(contents.count == 5_000)
        #expect(contents.allSatisfy { $0.hasSuffix("=replaced") })
    }

    @Test func `a compaction that was stopped says so`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        try test.write(test.filtered) { $0.put(bytes("a"), bytes("drop"), in: $1) }
        try test.database.flush(test.filtered, wait: true)
        test.database.stopCompactions()
        #expect(!test.database.compact(test.filtered))
        #expect(try test.contents(test.filtered) == ["a=drop"])
    }

    @Test func `a compaction that was stopped says so although an automatic one replaced its files`() throws {
        let (files, keys) = (8, 2_000)
        // The first value of the automatic compaction, and of the one that follows it.
        let gate = FilterGate(stops: [0, files * keys])
        let test = try TestDatabase(TemporaryDirectory()) { _ in gate.pass() }
        for file in 0..<files {
            try test.write(test.filtered) { batch, family in
                for number in 0..<keys { batch.put(bytes("\(file)-\(number)"), bytes("keep"), in: family) }
            }
            try test.database.flush(test.filtered, wait: true)
        }
        try gate.waitForArrivals(1)
        let database = test.database
        let filtered = test.filtered
        let result = Mutex<Bool?>(nil)
        let asking = Thread {
            let isWhole = database.compact(filtered)
            result.withLock { $0 = isWhole }
        }
        asking.start()
        // Time for it to look at the files.
        usleep(200_000)
        gate.allowOne()
        try gate.waitForArrivals(2)
        let stopping = Thread { database.stopCompactions() }
        stopping.start()
        usleep(200_000)
        gate.allowOne()
        try waitUntil("both have ended") { asking.isFinished && stopping.isFinished }
        #expect(result.withLock { $0 } == false)
    }

    @Test func `no file is rewritten for its age, and what RocksDB uses says so`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        let options = try Options(of: test.directory.path + "/db")
        for family in ["sums", "filtered"] {
            #expect(options["CFOptions \"\(family)\"", "periodic_compaction_seconds"] == "0", "\(family)")
            #expect(options["CFOptions \"\(family)\"", "ttl"] == "0", "\(family)")
        }
    }

    @Test func `automatic compactions begin again when all who paused them have resumed them`() throws {
        let test = try TestDatabase(TemporaryDirectory())
        func addFiles() throws {
            for file in 0..<8 {
                try test.write(test.filtered) { $0.put(bytes("\(file)"), bytes("keep"), in: $1) }
                try test.database.flush(test.filtered, wait: true)
            }
        }
        try test.database.pauseCompactions()
        try test.database.pauseCompactions()
        try addFiles()
        test.database.resumeCompactions()
        // One that could begin would have begun with the eighth file.
        usleep(200_000)
        #expect(test.database.files(of: test.filtered).count == 8)
        // A compaction that is asked for runs all the same, and leaves the pause as it is.
        #expect(test.database.compact(test.filtered))
        try addFiles()
        usleep(200_000)
        #expect(test.database.files(of: test.filtered).count == 9)
        test.database.resumeCompactions()
        try waitUntil("the files are merged") { test.database.files(of: test.filtered).count < 8 }
    }

    @Test func `a run brings puts, merges and deletions in, over what is there`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run.sst"
        let test = try TestDatabase(directory)
        try test.write(test.filtered) { batch, family in
            batch.put(bytes("a"), bytes("1"), in: family)
            batch.put(bytes("b"), bytes("1"), in: family)
        }
        let snapshot = Snapshot(of: test.database)
        var writer = try SSTFileWriter(path: path, for: test.filteredOptions)
        let deleted = bytes("a")
        let failure = unsafe deleted.withUnsafeBytes { key -> RocksDBError? in
            do throws(RocksDBError) {
                try unsafe writer.delete(key)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure == nil)
        try writer.put(bytes("c"), bytes("2"))
        try writer.finish()
        try test.database.ingest(path, into: test.filtered)
        #expect(try test.contents(test.filtered) == ["b=1", "c=2"])
        #expect(try test.contents(test.filtered, snapshot) == ["a=1", "b=1"])
    }

    @Test func `keys of a run that do not rise, and an empty run, are errors`() throws {
        let directory = try TemporaryDirectory()
        let test = try TestDatabase(directory)
        var writer = try SSTFileWriter(path: directory.path + "/1.sst", for: test.filteredOptions)
        try writer.put(bytes("b"), [])
        #expect(throws: RocksDBError.self) { try writer.put(bytes("a"), []) }
        var empty = try SSTFileWriter(path: directory.path + "/2.sst", for: test.filteredOptions)
        #expect(throws: RocksDBError.self) { try empty.finish() }
        #expect(throws: RocksDBError.self) {
            try test.database.ingest(directory.path + "/missing.sst", into: test.filtered)
        }
    }

    @Test func `a database is held by one at a time, and says when it was closed`() throws {
        let directory = try TemporaryDirectory()
        let isClosed = Mutex(false)
        var first: TestDatabase? = try TestDatabase(directory) { isClosed.withLock { $0 = true } }
        #expect {
            try TestDatabase(directory)
        } throws: { error in
            (error as? RocksDBError)?.kind == .inputOutput
        }
        // A snapshot or a cursor keeps the database.
        let snapshot = first.map { Snapshot(of: $0.database) }
        first = nil
        #expect(!isClosed.withLock { $0 })
        withExtendedLifetime(snapshot) {}
        try #require(snapshot != nil)
    }

    @Test func `a database whose files are damaged is not opened`() throws {
        let directory = try TemporaryDirectory()
        _ = try TestDatabase(directory)
        let current = directory.path + "/db/CURRENT"
        try "nonsense".write(toFile: current, atomically: false, encoding: .utf8)
        #expect {
            try TestDatabase(directory)
        } throws: { error in
            (error as? RocksDBError)?.kind == .corruption
        }
    }

    @Test func `the errors' classes come from their first words`() {
        func kind(_ message: String) -> RocksDBError.Kind {
            RocksDBError(operation: "x", message: message).kind
        }
        #expect(kind("IO error: No space left on device") == .inputOutput)
        #expect(kind("Corruption: block checksum mismatch") == .corruption)
        #expect(kind("Invalid argument: no") == .invalidArgument)
        #expect(kind("Busy") == .other)
        #expect(RocksDBError(operation: "open x", message: "Busy").description == "open x: Busy")
    }
}
