import PlayerSessions
import SessionStoreTesting
import Testing

/// Tests of the suite itself: every fault of `Fault` has to be found by some case.
@Suite struct MutationTests {
    @Test(arguments: Fault.allCases)
    func `the suite finds a store that`(_ fault: Fault) async throws {
        let found = await findings { BrokenStore($0, fault) }
        #expect(found != nil, "no case fails on a store that \(fault)")
    }

    @Test func `the suite finds a store that forgets when it is closed`() async throws {
        for contractCase in StoreContract.cases {
            do { try await contractCase.run(on: ForgetfulHarness()) } catch is ContractViolation { return }
        }
        Issue.record("no case fails on a store that forgets")
    }

    @Test func `the suite finds a store that ignores the retention`() async throws {
        for contractCase in StoreContract.cases {
            do { try await contractCase.run(on: HoardingHarness()) } catch is ContractViolation { return }
        }
        Issue.record("no case fails on a store that ignores the retention")
    }

    @Test func `a violation says what was expected and what came`() async throws {
        let found = try #require(await findings { BrokenStore($0, .sortsTiesBackwards) })
        #expect(found.contains("expected:"))
        #expect(found.contains("got:"))
    }

    /// The first violation that the suite finds; the cases of much data come last and are seldom reached.
    private func findings(_ wrap: @escaping @Sendable (ModelStore) -> any SessionStore) async -> String? {
        for contractCase in StoreContract.cases {
            do {
                try await contractCase.run(on: ModelHarness(wrap: wrap))
            } catch {
                return "\(contractCase): \(error)"
            }
        }
        return nil
    }
}

/// Opens an empty store every time.
private struct ForgetfulHarness: StoreHarness {
    let clock = ManualClock(beginning)

    func open(retention: Retention) async throws -> any SessionStore {
        ModelStore(retention: retention, clock: clock.wallClock)
    }
}

/// Opens the store without the retention that was asked for.
private struct HoardingHarness: StoreHarness {
    let clock = ManualClock(beginning)
    private let data = ModelStore.Data()

    func open(retention: Retention) async throws -> any SessionStore {
        ModelStore(data, clock: clock.wallClock)
    }
}
