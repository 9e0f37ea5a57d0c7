import SessionStoreTesting
import Testing

@Suite(.serialized) struct ContractTests {
    @Test(arguments: StoreContract.cases, [20, 1_000, 100_000])
    func `the embedded store keeps the contract, whatever fits in memory`(
        _ contractCase: ContractCase,
        _ hotSessions: Int
    ) async throws {
        try await contractCase.run(on: RocksDBHarness(hotSessions: hotSessions))
    }
}
