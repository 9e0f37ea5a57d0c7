/// The contract suite: what every session store must do, with one case for each point.
///
/// A store's tests run every case on a fresh harness:
///
///     @Test(arguments: StoreContract.cases)
///     func `the store keeps the contract`(_ contractCase: ContractCase) async throws {
///         try await contractCase.run(on: MyHarness())
///     }
public enum StoreContract {
    /// Every case, the quick ones first; `HISTORY_SECONDS` and `HISTORY_SEED` control the random histories.
    public static let cases: [ContractCase] =
        wordsCases + windowCases + topCases + lifeCases + retentionCases + exportCases + commutativityCases
        + randomCases + volumeCases
}
