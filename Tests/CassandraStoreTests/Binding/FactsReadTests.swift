import PlayerSessions
import Testing

@testable import CQL
@testable import CassandraStore

@Suite struct FactsReadTests {
    private static func key(_ player: String, _ session: String) -> SessionKey {
        SessionKey(Identifier(unchecked: Array(player.utf8)), Identifier(unchecked: Array(session.utf8)))
    }

    /// Rows as a node answers `readFactsTogether`: player, session and end; nobody has told a start.
    private static func rows(_ rows: [(player: String, session: String, end: Int64)]) throws -> Rows {
        let types: [(String, ColumnType)] = [
            ("player_id", .text), ("session_id", .text), ("starts", .map(.blob, .bigint)),
            ("end_us", .bigint),
        ]
        let metadata = ResultMetadata(
            columns: types.map { .init(keyspace: "k", table: "t", name: $0.0, type: $0.1) }
        )
        // The columns are left out, as they are for a prepared statement.
        var bytes = [0x04, 4, Int32(rows.count)].flatMap { integer($0) }
        for row in rows {
            for text in [row.player, row.session] {
                bytes += integer(Int32(text.utf8.count)) + Array(text.utf8)
            }
            bytes += integer(Int32(-1)) + integer(Int32(8)) + integer(row.end)
        }
        var reader = ByteReader(bytes)
        return try Rows(from: &reader, known: metadata)
    }

    private static func integer<Integer: FixedWidthInteger>(_ number: Integer) -> [UInt8] {
        (0..<Integer.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    @Test func `each read gets the row of its own session and of no other pair`() throws {
        // Two players may have sessions of the same name: all four pairs are read.
        let rows = try Self.rows([("p", "s", 1), ("p", "t", 2), ("q", "s", 3), ("q", "t", 4)])
        let keys = [("p", "t"), ("q", "s"), ("r", "s"), ("p", "t"), ("p", "tt")].map { Self.key($0, $1) }
        let pages = try rows.facts(of: keys)
        #expect(
            pages.map(\.rows) == [
                [[.null, .bigint(2)]], [[.null, .bigint(3)]], [], [[.null, .bigint(2)]], [],
            ]
        )
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
