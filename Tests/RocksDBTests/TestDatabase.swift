import Foundation
import RocksDB
import Synchronization

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

    /// `onFilter` is called by compactions of `filtered`, with each value.
    init(
        _ directory: TemporaryDirectory,
        onClose: @escaping @Sendable () -> Void = {},
        onFilter: @escaping @Sendable (UInt8?) -> Void
    ) throws {
        self.directory = directory
        let runs = ColumnFamilyOptions.Compaction.universal(
            trigger: 8,
            sizeRatioPercent: 20,
            minimumMergeWidth: 4
        )
        var sums = ColumnFamilyOptions(name: "sums", compaction: runs)
        sums.mergeOperator = unsafe MergeOperator(name: "sum") { _, values in
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
            unsafe onFilter(value.first)
            return switch unsafe value.first {
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

    init(_ directory: TemporaryDirectory, onClose: @escaping @Sendable () -> Void = {}) throws {
        try self.init(directory, onClose: onClose, onFilter: { _ in })
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

/// Holds compactions at values with certain numbers until a test lets them pass.
final class FilterGate: Sendable {
    private struct State {
        var values = 0
        var arrived = 0
        var allowed = 0
    }

    private let stops: Set<Int>
    private let state = Mutex(State())

    /// Values are numbered from 0 over all compactions.
    init(stops: Set<Int>) {
        self.stops = stops
    }

    /// To be called for each value.
    func pass() {
        let turn = state.withLock { state -> Int? in
            defer { state.values += 1 }
            guard stops.contains(state.values) else { return nil }
            state.arrived += 1
            return state.arrived
        }
        guard let turn else { return }
        while state.withLock({ $0.allowed < turn }) { usleep(1_000) }
    }

    /// Waits until so many compactions were held.
    func waitForArrivals(_ count: Int) throws {
        try waitUntil("arrival \(count)") { state.withLock { $0.arrived >= count } }
    }

    /// Lets the next one pass.
    func allowOne() { state.withLock { $0.allowed += 1 } }
}

/// The options that RocksDB noted when it opened a database, after it had changed them to what it uses.
struct Options {
    private var values: [String: [String: String]] = [:]

    init(of directory: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        let newest = names.filter { $0.hasPrefix("OPTIONS-") && !$0.hasSuffix(".dbtmp") }.max() ?? ""
        let text = try String(contentsOfFile: directory + "/" + newest, encoding: .utf8)
        var section = ""
        for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("[") {
                section = String(line.dropFirst().prefix { $0 != "]" })
            } else if let equals = line.firstIndex(of: "=") {
                values[section, default: [:]][String(line[..<equals])] = String(
                    line[line.index(after: equals)...]
                )
            }
        }
    }

    subscript(section: String, name: String) -> String? { values[section]?[name] }
}

/// Waits for something that must come.
func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<12_000 {
        if try condition() { return }
        usleep(10_000)
    }
    throw RocksDBError(operation: "wait", message: "not within two minutes: \(what)")
}
