import RocksDBStore
import Testing

@testable import player_sessions

struct DescriptorBudgetTests {
    private static func request(
        _ limit: Int,
        loops: Int = 2,
        isEmbedded: Bool = true,
        connections: Int = 16_384
    ) -> DescriptorBudget.Request {
        DescriptorBudget.Request(
            limit: limit,
            open: 10,
            loops: loops,
            isEmbedded: isEmbedded,
            connections: connections
        )
    }

    @Test(arguments: [1_024, 4_096, 65_536, 1_048_576, Int.max / 2], [true, false])
    func `what is shared out is within the limit, and the store has what it needs`(
        limit: Int,
        isEmbedded: Bool
    ) throws {
        for loops in [1, 2, 16, 64] {
            let budget = try DescriptorBudget(Self.request(limit, loops: loops, isEmbedded: isEmbedded))
            #expect(budget.store + budget.connections + budget.reserve + 10 + 48 + 8 * loops <= limit)
            #expect(!isEmbedded || RocksDBStore.descriptors.contains(budget.store))
            #expect(budget.reserve >= 2 * loops)
            #expect(budget.connections <= 16_384)
        }
    }

    @Test func `the usual limit has room for half a thousand connections`() throws {
        let budget = try DescriptorBudget(Self.request(1_024))
        #expect((500...700).contains(budget.connections))
        #expect(try DescriptorBudget(Self.request(65_536)).connections == 16_384)
        #expect(try DescriptorBudget(Self.request(65_536, connections: 5)).connections == 5)
    }

    @Test func `a limit that is too low is refused and says how many are needed`() throws {
        let failure = #expect(throws: Failure.self) { try DescriptorBudget(Self.request(300)) }
        let text = try #require(failure?.description)
        #expect(text.contains("300 files") && text.contains("ulimit -n") && text.contains("LimitNOFILE="))
        let needed = try #require(text.firstMatch(of: /needs (\d+) at least/).flatMap { Int($0.output.1) })
        _ = try DescriptorBudget(Self.request(needed))
        #expect(throws: Failure.self) { try DescriptorBudget(Self.request(needed - 1)) }
    }

    @Test(arguments: [(0, 12_288), (5, 5), (16_384, 16_384), (1_000_000, 16_384)])
    func `one address has three quarters of the connections unless the configuration says otherwise`(
        configured: Int,
        expected: Int
    ) throws {
        let budget = try DescriptorBudget(Self.request(65_536))
        #expect(budget.connectionsPerAddress(configured: configured) == expected)
    }

    @Test func `one address can have the only connection`() throws {
        let budget = try DescriptorBudget(Self.request(65_536, connections: 1))
        #expect(budget.connectionsPerAddress(configured: 0) == 1)
    }
}
