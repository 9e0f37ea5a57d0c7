import Foundation
import RocksDB

/// A directory that is deleted with its last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/rocksdb-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A database of two column families: `sums`, whose operands add up, and `filtered`, whose compactions decide
/// by the first byte of a value: "d" goes, "r" becomes "replaced", all else stays.
struct TestDatabase {
    let directory: TemporaryDirectory
    let database: Database
    let sumOptions: ColumnFamilyOptions
    let filteredOptions: ColumnFamilyOptions

    var sums: ColumnFamily { database.columnFamilies[1] }
    var filtered: ColumnFamily { database.columnFamilies[2] }

    init(_ directory: TemporaryDirectory, onClose: @escaping @Sendable () -> Void = {}) throws {
        self.directory = directory
        let runs = ColumnFamilyOptions.Compaction.universal(
            trigger: 8,
            sizeRatioPercent: 20,
            minimumMergeWidth: 4
        )
        var sums = ColumnFamilyOptions(name: "sums", compaction: runs)
        sums.mergeOperator = unsafe MergeOperator(name: "sum") { values in
            var sum: UInt8 = 0
            for index in unsafe values.indices {
                guard unsafe values[index].count == 1 else { return nil }
                sum &+= unsafe values[index][0]
            }
            return [sum]
        }
        var filtered = ColumnFamilyOptions(name: "filtered", compaction: runs)
        filtered.bloomBitsPerKey = 10
        filtered.cache = BlockCache(bytes: 1 << 20)
        filtered.compactionFilter = unsafe CompactionFilter(name: "first byte") { _, value in
            switch unsafe value.first {
            case UInt8(ascii: "d"): .drop
            case UInt8(ascii: "r"): .replace(Array("replaced".utf8))
            default: .keep
            }
        }
        let rest = ColumnFamilyOptions(name: "default", compaction: .none)
        database = try Database(
            DatabaseOptions(path: directory.path + "/db"),
            columnFamilies: [rest, sums, filtered],
            onClose: onClose
        )
        sumOptions = sums
        filteredOptions = filtered
    }

    /// Writes to one column family.
    func write(_ family: ColumnFamily, _ body: (inout WriteBatch, ColumnFamily) -> Void) throws {
        var batch = WriteBatch()
        body(&batch, family)
        try database.write(batch, sync: true)
    }

    /// Everything in a column family, in order, as text.
    func contents(_ family: ColumnFamily, _ snapshot: Snapshot? = nil) throws -> [String] {
        var cursor = Cursor(database, family, snapshot: snapshot)
        unsafe cursor.seek(to: UnsafeRawBufferPointer(start: nil, count: 0))
        var found: [String] = []
        while try cursor.isValid() {
            let key = unsafe String(decoding: cursor.key, as: UTF8.self)
            let value = unsafe String(decoding: cursor.value, as: UTF8.self)
            found.append("\(key)=\(value)")
            cursor.advance()
        }
        return found
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
