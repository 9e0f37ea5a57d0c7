import Testing

@testable import CQL

@Suite struct RowsMessageTests {
    @Test(arguments: Exchange.named("select-types"))
    func `every type is read from a server's row`(exchange: Exchange) throws {
        let rows = try #require(try exchange.message().rows)
        #expect(rows.count == 2)
        #expect(rows.pagingState == nil)
        let row = try #require(try rows.first { try $0.value("key", as: Int32.self) == 1 })
        #expect(try row.value("a") == "abc")
        #expect(try row.value("b") == Int64.min)
        #expect(try row.value("c") == Blob([0, 255]))
        #expect(try row.value("d") == true)
        #expect(try row.value("e") == 1.5)
        #expect(try row.value("f") == Float(-0.25))
        #expect(try row.value("g") == InternetAddress("127.0.0.1"))
        #expect(try row.value("h") == [Int32(1), -2, 3])
        #expect(try row.value("i") == ["a": Int64(1), "ä": 2])
        #expect(try row.value("j") == Set([Pair(Int64(5), "FI"), Pair(6, "US")]))
        #expect(try row.value("k") == Int16.min)
        #expect(try row.value("l") == "zażółć")
        #expect(try row.value("m") == MillisecondTimestamp(milliseconds: 1_480_682_885_520))
        #expect(try row.value("n") == CQL.UUID("50554d6e-29bb-11e5-b345-feff819cdc9f"))
        #expect(try row.value("o") == Int8.min)
        #expect(try row.value("p") == Pair(Int32(7), nil as String?))
        #expect(try row.value("q") == CQL.UUID("4a0c43c9-c43a-42ff-ba55-67563dfa35d4"))
        #expect(try row.value("r") == ["x", ""])
        #expect(try row.value("s") == InternetAddress("::1"))
        #expect(try row.value("t") == Value.other(bytes(hex: "00ab54a98ceb1f0ad2")))
    }

    @Test(arguments: Exchange.named("select-types"))
    func `null is read where the type has something for it, and is a fault elsewhere`(
        exchange: Exchange
    ) throws {
        let rows = try #require(try exchange.message().rows)
        let row = try #require(try rows.first { try $0.value("key", as: Int32.self) == 2 })
        for index in row.metadata.columns.indices where row.metadata.columns[index].name != "key" {
            #expect(row.isNull(at: index))
            #expect(try row.value(at: index, as: Value.self) == .null)
        }
        #expect(try row.value("a", as: String?.self) == nil)
        #expect(throws: CQLError(.column("a", .null), execution: .executed)) {
            try row.value("a", as: String.self)
        }
    }

    @Test func `a column that is not there, or of another type, is a fault and no crash`() throws {
        let rows = try #require(try Exchange.named("select-types").first?.message().rows)
        let row = try #require(rows.first)
        let index = try #require(row.metadata.index(of: "key"))
        #expect(throws: CQLError(.column("no", .noSuchColumn), execution: .executed)) {
            try row.value("no", as: Int32.self)
        }
        for position in [-1, row.metadata.columns.count, .max] {
            #expect(throws: CQLError.self) { try row.value(at: position, as: Int32.self) }
            #expect(row.isNull(at: position))
            #expect(unsafe row.withBytes(at: position) { unsafe $0 == nil })
        }
        #expect(throws: CQLError(.column("key", .wrongType(.int, asked: "Int64")), execution: .executed)) {
            try row.value(at: index, as: Int64.self)
        }
        #expect(unsafe row.withBytes(at: index) { unsafe $0?.count } == 4)
    }

    @Test(arguments: Exchange.named("execute-page"))
    func `a page without its columns takes those of the prepared statement`(exchange: Exchange) throws {
        let statement = try ExecuteTests.statement(exchange, "prepare-select")
        let rows = try #require(try exchange.message(.execute(statement)).rows)
        #expect(rows.count == 1)
        #expect(rows.metadata === statement.resultMetadata)
        #expect(rows.pagingState?.isEmpty == false)
        #expect(try rows.first?.value("session") == "s1")
        #expect(throws: MalformedBytes.missingMetadata) {
            var reader = ByteReader(try exchange.answer().body)
            _ = try reader.int()
            _ = try Rows(from: &reader, known: nil)
        }
        #expect(throws: MalformedBytes.columnCount(2, expected: 0)) {
            var reader = ByteReader(try exchange.answer().body)
            _ = try reader.int()
            _ = try Rows(from: &reader, known: ResultMetadata(columns: []))
        }
    }

    @Test(arguments: Exchange.named("execute-next-page"))
    func `the next page is another`(exchange: Exchange) throws {
        let rows = try #require(try exchange.message().rows)
        #expect(try rows.map { try $0.value("session", as: String.self) } == ["s2"])
    }

    @Test(arguments: Exchange.named("execute-changed"))
    func `columns that have changed since the statement was prepared are described anew`(
        exchange: Exchange
    ) throws {
        let statement = try ExecuteTests.statement(exchange, "prepare-star")
        #expect(statement.resultMetadata?.index(of: "added") == nil)
        let rows = try #require(try exchange.message(.execute(statement)).rows)
        #expect(rows.metadata.index(of: "added") != nil)
        #expect(!rows.isEmpty)
        guard exchange.version == .v5 else { return }
        let changed = try #require(rows.changedMetadataID)
        #expect(changed != statement.resultMetadataID)
        let next = statement.changing(resultMetadataID: changed, to: rows.metadata)
        #expect(next.resultMetadataID == changed)
        #expect(next.id == statement.id)
    }

    @Test(arguments: Exchange.named("select-traced"))
    func `the id of a trace is given`(exchange: Exchange) throws {
        let (preamble, message) = try exchange.messageAndPreamble()
        #expect(preamble.tracingID != nil)
        #expect(message.rows?.count == 1)
    }

    @Test(arguments: Exchange.named("select-large"))
    func `a compressed row longer than a frame is put together`(exchange: Exchange) throws {
        #expect(exchange.response.count < 10_000)
        let rows = try #require(try exchange.message().rows)
        #expect(try rows.first?.value(at: 0, as: Blob.self).bytes == [UInt8](repeating: 0, count: 150_000))
    }

    @Test(arguments: [
        // No columns, and two thousand million rows.
        "00000004 00000000 7fffffff",
        // One column, more rows than bytes.
        "00000001 00000001 0001 6b 0001 74 0001 63 0009 00000002 00000000",
        // A column longer than the message.
        "00000001 00000001 0001 6b 0001 74 0001 63 0009 00000001 7fffffff 00",
        // More columns than bytes, described and not.
        "00000001 7fffffff 0001 6b 0001 74", "00000004 7fffffff 00000001 00000000",
        // More columns than there can be, with names for all.
        "00000001 00010000 0001 6b 0001 74" + String(repeating: "00000009", count: 65_536) + "00000000",
        // Fewer than none.
        "00000001 ffffffff 0001 6b 0001 74 00000000",
        "00000001 00000001 0001 6b 0001 74 0001 63 0009 ffffffff",
        // A paging state longer than the message.
        "00000006 00000000 7fffffff 00000000",
    ])
    func `counts and lengths that lie are faults`(hex: String) {
        var reader = ByteReader(bytes(hex: hex))
        #expect(throws: MalformedBytes.self) { try Rows(from: &reader, known: nil) }
    }
}
