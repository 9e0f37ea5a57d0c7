/// One named check of the contract suite.
public struct ContractCase: Sendable, CustomStringConvertible {
    /// A sentence that states what holds.
    public let name: String
    private let check: @Sendable (Trial) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (Trial) async throws -> Void) {
        self.name = name
        self.check = check
    }

    /// The name.
    public var description: String { name }

    /// Runs the check on a fresh harness and closes the store.
    ///
    /// - Throws: `ContractViolation` if the store breaks the contract, and any error of the store or the harness.
    public func run(on harness: some StoreHarness) async throws {
        let trial = try await Trial(harness)
        do {
            try await check(trial)
        } catch {
            await trial.store.close()
            throw error
        }
        await trial.store.close()
    }
}

/// A difference between a store's response and the contract.
public struct ContractViolation: Error, CustomStringConvertible {
    /// What was asked, what was expected and what was returned.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ question: String, expected: String, got: String) {
        description = "\(question)\n  expected: \(expected)\n  got:      \(got)"
    }
}
