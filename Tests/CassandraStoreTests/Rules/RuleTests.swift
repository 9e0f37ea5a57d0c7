import Testing

@testable import CassandraStore

/// Each rule of the protocol has a history in which a session counts wrong without it.
///
/// The histories are written down step by step, in `RuleHistory`; they run the store's own code.
@Suite struct RuleTests {
    @Test(arguments: RuleHistory.all)
    func `a rule's history counts right with it and wrong without it`(_ history: RuleHistory) {
        #expect(Stage.play(ProtocolRules(), history.play) == [])
        var rules = ProtocolRules()
        history.takeAway(&rules)
        #expect(!Stage.play(rules, history.play).isEmpty)
    }

    @Test func `every rule has a history`() {
        func flags(_ rules: ProtocolRules) -> [String] {
            Mirror(reflecting: rules).children.filter { $0.value as? Bool == false }.compactMap(\.label)
        }
        let missed = RuleHistory.all.flatMap { history in
            var rules = ProtocolRules()
            history.takeAway(&rules)
            return flags(rules)
        }
        #expect(missed.sorted() == Mirror(reflecting: ProtocolRules()).children.compactMap(\.label).sorted())
    }
}
