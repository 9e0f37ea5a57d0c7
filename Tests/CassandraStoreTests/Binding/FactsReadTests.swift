import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct FactsReadTests {
    private static func key(_ player: String, _ session: String) -> SessionKey {
        SessionKey(Identifier(unchecked: Array(player.utf8)), Identifier(unchecked: Array(session.utf8)))
    }

    /// A row as `readFactsTogether` gives it.
    private static func row(_ player: String, _ session: String, end: Int64) -> [Value] {
        [.text(Array(player.utf8)), .text(Array(session.utf8)), .map([]), .bigint(end)]
    }

    @Test func `each read gets the row of its own session and of no other pair`() {
        // Two players may have sessions of the same name: all four pairs are read.
        let page = Page(rows: [
            Self.row("p", "s", end: 1), Self.row("p", "t", end: 2), Self.row("q", "s", end: 3),
            Self.row("q", "t", end: 4),
        ])
        #expect(page.facts(of: Self.key("p", "t")).rows == [[.map([]), .bigint(2)]])
        #expect(page.facts(of: Self.key("q", "s")).rows == [[.map([]), .bigint(3)]])
        #expect(page.facts(of: Self.key("r", "s")).rows.isEmpty)
    }

    @Test func `what is read together names every player and every session once`() {
        let keys = [Self.key("p", "s"), Self.key("q", "s"), Self.key("p", "s"), Self.key("p", "t")]
        let statement = Statement.readFactsTogether(keys)
        guard case .texts(let players) = statement.values[0], case .texts(let sessions) = statement.values[1]
        else {
            Issue.record("the values are no lists")
            return
        }
        #expect(Set(players.map { String(decoding: $0, as: UTF8.self) }) == ["p", "q"] && players.count == 2)
        #expect(
            Set(sessions.map { String(decoding: $0, as: UTF8.self) }) == ["s", "t"] && sessions.count == 2
        )
        #expect(statement.routingKey == [.text(Array("p".utf8))])
    }
}
