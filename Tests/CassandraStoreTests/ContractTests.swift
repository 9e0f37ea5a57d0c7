import SessionStoreTesting
import Testing

@testable import CassandraStore

@Suite struct ContractTests {
    @Test(arguments: StoreContract.cases)
    func `the store on a cluster keeps the contract`(_ contractCase: ContractCase) async throws {
        try await contractCase.run(on: ClusterHarness())
    }
}
