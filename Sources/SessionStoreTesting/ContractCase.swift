/// One named check of the contract suite.
public struct ContractCase: Sendable, CustomStringConvertible {
    /// A sentence that says what holds.
    public let name: String
    private let check: @Sendable (Trial) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (Trial) async throws -> Void) {
        self.name = name
        self.check = check
    }

    /// The sentence.
    public var description: String { name }

    /// Runs the check on a fresh harness and closes the store.
    ///
    /// - Throws: `ContractViolation` where the store breaks the contract; what the store or the harness throws.
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

/// Where a store's answer and the contract differ.
public struct ContractViolation: Error, CustomStringConvertible {
    /// What was asked, what was expected and what came.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ question: String, expected: String, got: String) {
        description = "\(question)\n  expected: \(expected)\n  got:      \(got)"
    }
}
