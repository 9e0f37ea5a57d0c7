import Testing

@testable import RocksDBStore

struct FileBudgetTests {
    @Test func `tables in the cache and runs that are held open fit into the share`() {
        for descriptors in FileBudget.range {
            let budget = FileBudget(descriptors: descriptors)
            // Both sides of a compaction, of three column families; and what RocksDB keeps for itself.
            let most = 6 * budget.maximumRuns + budget.maximumOpenFiles - 10 + 48
            #expect(most <= descriptors, "\(descriptors)")
            // RocksDB leaves up to eleven runs uncompacted: the flusher must not wait for fewer.
            #expect(budget.maximumRuns > 11)
            #expect(budget.maximumOpenFiles % 64 == 10)
        }
    }

    @Test func `the files of many billions of bytes stay open where the limit allows it`() {
        #expect(FileBudget(descriptors: 350_000).maximumOpenFiles >= 2_000)
        #expect(FileBudget(descriptors: 2_000).maximumOpenFiles > 1_200)
        // A usual share of a limit of 1,024.
        #expect(FileBudget(descriptors: 320).maximumOpenFiles > 100)
    }

    @Test func `a share out of the range is as its nearest bound`() {
        #expect(FileBudget(descriptors: 0) == FileBudget(descriptors: FileBudget.range.lowerBound))
        #expect(FileBudget(descriptors: .max) == FileBudget(descriptors: FileBudget.range.upperBound))
    }
}
