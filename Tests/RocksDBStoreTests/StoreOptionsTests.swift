import Foundation
import RocksDB
import Testing

@testable import RocksDBStore

@Suite struct StoreOptionsTests {
    @Test func `a store's runs stay however old they are, and compactions run beside each other`() throws {
        let directory = TemporaryDirectory()
        let files = try StoreFiles(path: directory.path)
        let store = try StoreDatabase(path: files.databasePath, cacheBytes: 1 << 20)
        defer { withExtendedLifetime(store) {} }
        let names = try FileManager.default.contentsOfDirectory(atPath: files.databasePath)
        let newest = try #require(names.filter { $0.hasPrefix("OPTIONS-") }.max())
        let text = try String(contentsOfFile: files.databasePath + "/" + newest, encoding: .utf8)
        func values(_ name: String) -> Set<String> {
            let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            return Set(lines.filter { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) })
        }
        #expect(values("periodic_compaction_seconds") == ["0"])
        #expect(values("ttl") == ["0"])
        #expect(values("max_background_jobs").compactMap(Int.init).allSatisfy { $0 >= 3 })
        #expect(values("max_background_jobs").count == 1)
    }

    @Test(arguments: [(1, 3), (2, 3), (3, 4), (4, 5), (64, 5)])
    func `there are two to four compactions at a time, by processors, beside one flush`(
        _ processors: Int,
        _ jobs: Int
    ) {
        #expect(StoreDatabase.backgroundJobs(processors: processors) == jobs)
    }
}
