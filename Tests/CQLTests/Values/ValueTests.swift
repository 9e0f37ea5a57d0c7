import Testing

@testable import CQL

@Suite struct ValueTests {
    /// Values with their types and the bytes that the specification gives them.
    static let table: [(Value, ColumnType, String)] = [
        (.text("abc"), .ascii, "616263"),
        (.text(""), .text, ""),
        (.text("zażółć"), .text, "7a61c5bcc3b3c582c487"),
        (.bigint(.min), .bigint, "8000000000000000"),
        (.bigint(5), .counter, "0000000000000005"),
        (.int(-2), .int, "fffffffe"),
        (.smallint(-32_768), .smallint, "8000"),
        (.tinyint(-128), .tinyint, "80"),
        (.boolean(true), .boolean, "01"),
        (.boolean(false), .boolean, "00"),
        (.blob(Blob([0, 255])), .blob, "00ff"),
        (
            .uuid(UUID(high: 0x4A0C_43C9_C43A_42FF, low: 0xBA55_6756_3DFA_35D4)), .uuid,
            "4a0c43c9c43a42ffba5567563dfa35d4"
        ),
        (.uuid(UUID(high: 1, low: 2)), .timeuuid, "00000000000000010000000000000002"),
        (.timestamp(MillisecondTimestamp(milliseconds: -1)), .timestamp, "ffffffffffffffff"),
        (.double(1.5), .double, "3ff8000000000000"),
        (.float(-0.25), .float, "be800000"),
        (.inet(InternetAddress("127.0.0.1") ?? .any), .inet, "7f000001"),
        (.inet(InternetAddress("::1") ?? .any), .inet, "00000000000000000000000000000001"),
        (.list([.int(1), .int(2)]), .list(.int), "00000002 00000004 00000001 00000004 00000002"),
        (.list([]), .list(.int), "00000000"),
        (.set([.text("a"), .text("")]), .set(.text), "00000002 00000001 61 00000000"),
        (
            .map([.init(key: .text("a"), value: .bigint(1))]), .map(.text, .bigint),
            "00000001 00000001 61 00000008 0000000000000001"
        ),
        (.tuple([.int(7), .null]), .tuple([.int, .text]), "00000004 00000007 ffffffff"),
        (
            .set([.tuple([.bigint(5), .text("FI")])]), .set(.tuple([.bigint, .text])),
            "00000001 00000012 00000008 0000000000000005 00000002 4649"
        ),
        (.other([0x01, 0x02]), .varint, "0102"),
    ]

    @Test(arguments: table.indices)
    func `values have the bytes of the specification, and come back`(index: Int) throws {
        let (value, type, hex) = ValueTests.table[index]
        var writer = ValueWriter()
        value.encode(into: &writer)
        #expect(writer.bytes == bytes(hex: hex))
        let encoded = writer.bytes
        let decoded = try CQLTests.value(encoded, type, as: Value.self)
        #expect(decoded == value)
    }

    @Test(arguments: [
        (ColumnType.int, "000001"), (.bigint, "00000000"), (.smallint, "01"), (.tinyint, ""),
        (.boolean, "0101"),
        (.uuid, "00"), (.timestamp, ""), (.double, "00000000"), (.float, "0000000000000000"),
        (.inet, "7f0000"),
        (.text, "c328"), (.ascii, "ff"),
        (.list(.int), "000001"), (.list(.int), "ffffffff"), (.list(.int), "7fffffff"),
        (.list(.int), "00000001 00000005 00000001"), (.list(.int), "00000001 7fffffff 00000001"),
        (.map(.int, .int), "00000001 00000004 00000001"), (.map(.int, .int), "10000000 00000000"),
        (.tuple([.int, .int]), "00000004 00000001 000000"), (.set(.text), "00000001 00000002 c328"),
    ])
    func `bytes that are no value of their type are a fault and no crash`(type: ColumnType, hex: String) {
        let malformed = bytes(hex: hex)
        #expect(throws: ValueFault.self) { try CQLTests.value(malformed, type, as: Value.self) }
    }

    @Test func `a tuple written before its type grew ends with nulls`() throws {
        let short = bytes(hex: "00000004 00000007")
        let value = try CQLTests.value(short, .tuple([.int, .text]), as: Value.self)
        #expect(value == .tuple([.int(7), .null]))
    }

    @Test func `Swift's types read and write CQL's`() throws {
        try expectRoundTrip([Int32(1), -2], .list(.int))
        try expectRoundTrip(Set(["a", "b"]), .set(.text))
        try expectRoundTrip(["a": Int64(1), "b": 2], .map(.text, .bigint))
        try expectRoundTrip(Pair(Int64(5), "FI"), .tuple([.bigint, .text]))
        try expectRoundTrip([Pair(Int64(5), "FI" as String?), Pair(6, nil)], .set(.tuple([.bigint, .text])))
        try expectRoundTrip(Set([Pair(Int64(5), "FI")]), .set(.tuple([.bigint, .text])))
        try expectRoundTrip(MillisecondTimestamp(milliseconds: 3), .timestamp)
        try expectRoundTrip(Float(0.5), .float)
        try expectRoundTrip("text" as String?, .text)
    }

    private func expectRoundTrip<Subject: ColumnValue & Equatable>(
        _ value: Subject,
        _ type: ColumnType
    ) throws {
        #expect(Subject.accepts(type))
        var writer = ValueWriter()
        value.encode(into: &writer)
        let encoded = writer.bytes
        let decoded = try CQLTests.value(encoded, type, as: Subject.self)
        #expect(decoded == value)
    }

    @Test func `types are not mixed up`() {
        #expect(!Int32.accepts(.bigint))
        #expect(!String.accepts(.blob))
        #expect(![Int32].accepts(.list(.bigint)))
        #expect(!Set<Int32>.accepts(.list(.int)))
        #expect(!Pair<Int64, String>.accepts(.tuple([.bigint])))
        #expect(Dictionary<String, Optional<[Int32]>>.accepts(.map(.text, .set(.int))))
    }

    @Test func `a null element is a fault where the type has nothing for it`() {
        let list = bytes(hex: "00000001 ffffffff")
        #expect(throws: ValueFault.malformed("an element is null")) {
            try CQLTests.value(list, .list(.int), as: [Int32].self)
        }
        #expect(throws: Never.self) { try CQLTests.value(list, .list(.int), as: [Int32?].self) }
    }
}

extension InternetAddress {
    /// For literals in tables that are known to be addresses.
    static var any: InternetAddress {
        guard let address = InternetAddress(octets: [0, 0, 0, 0]) else { preconditionFailure("four bytes") }
        return address
    }
}
