import Testing

@testable import CQL

@Suite struct ContactRoundTests {
    private let place = ScriptedCluster()
    private let error = CQLError(.timedOut, execution: .notExecuted)

    private func candidates(_ numbers: UInt8...) -> [ContactRound.Candidate] {
        numbers.map { .init(endpoint: place.endpoint($0), name: "n\($0)") }
    }

    /// Those that are tried when every attempt fails at once.
    private func order(_ round: inout ContactRound) -> [String] {
        var names: [String] = []
        while let next = round.next(0) {
            names.append(next.name)
            round.failed(error)
        }
        return names
    }

    @Test func `addresses of names come before those of nodes that are down`() {
        var round = ContactRound(up: candidates(1), down: candidates(2, 3), lookUps: 2)
        round.found(candidates(4))
        round.notFound(error)
        let order = order(&round)
        #expect(order == ["n1", "n4", "n2", "n3"])
        #expect(round.isOver)
        #expect(round.errors.count == 5)
    }

    @Test func `a node that is down and has a name is tried with the names, by its name`() {
        var round = ContactRound(down: candidates(2, 3), lookUps: 1)
        round.found([.init(endpoint: place.endpoint(3), name: "name")])
        let order = order(&round)
        #expect(order == ["name", "n2"])
    }

    @Test func `another attempt begins while one is under way, but not at once`() {
        var round = ContactRound(up: candidates(1, 2, 3))
        let next1 = round.next(10)
        #expect(next1?.name == "n1")
        let next2 = round.next(10 + ContactRound.stagger - 1)
        #expect(next2 == nil)
        let next3 = round.next(10 + ContactRound.stagger)
        #expect(next3?.name == "n2")
        // One that has failed makes room at once.
        round.failed(error)
        let next4 = round.next(11 + ContactRound.stagger)
        #expect(next4?.name == "n3")
        #expect(!round.isOver)
        round.failed(error)
        round.failed(error)
        #expect(round.isOver)
    }

    @Test func `a round is not over while a name is looked up`() {
        var round = ContactRound(lookUps: 1)
        let next5 = round.next(0)
        #expect(next5 == nil)
        #expect(!round.isOver)
        round.found(candidates(1))
        let next6 = round.next(0)
        #expect(next6?.name == "n1")
    }

    @Test func `an attempt that was ended for another is made again`() {
        var round = ContactRound(up: candidates(1, 2))
        let first = round.next(0)
        _ = round.next(ContactRound.stagger)
        if let first { round.putBack(first) }
        round.failed(error)
        let next7 = round.next(ContactRound.stagger)
        #expect(next7 == first)
    }
}
