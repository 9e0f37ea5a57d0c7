import PlayerSessions
import SessionStoreTesting
import Testing

@Suite struct ModelStoreTests {
    @Test(arguments: StoreContract.cases)
    func `the model keeps the contract`(_ contractCase: ContractCase) async throws {
        try await contractCase.run(on: ModelHarness())
    }

    @Test func `the cases have names of their own`() {
        let names = StoreContract.cases.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func `a completion is called after the append returned or on another thread, and once`()
        async throws
    {
        let store = ModelStore()
        let results = AsyncStream<Bool>.makeStream()
        store.append(EventBatch()) { result in
            results.continuation.yield((try? result.get()) != nil)
            results.continuation.finish()
        }
        var answers: [Bool] = []
        for await answer in results.stream { answers.append(answer) }
        #expect(answers == [true])
    }
}
