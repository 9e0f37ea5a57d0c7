import Testing

@testable import CQL

@Suite struct ColumnTypeTests {
    @Test(arguments: [
        ("0001", "ascii"), ("0002", "bigint"), ("0003", "blob"), ("0004", "boolean"), ("0005", "counter"),
        ("0006", "decimal"), ("0007", "double"), ("0008", "float"), ("0009", "int"), ("000b", "timestamp"),
        ("000c", "uuid"), ("000d", "text"), ("000e", "varint"), ("000f", "timeuuid"), ("0010", "inet"),
        ("0011", "date"), ("0012", "time"), ("0013", "smallint"), ("0014", "tinyint"), ("0015", "duration"),
        ("0000 0003 612e62", "'a.b'"), ("0020 0009", "list<int>"),
        ("0021 000d 0022 0002", "map<text, set<bigint>>"),
        ("0031 0002 0002 000d", "tuple<bigint, text>"), ("0030 0001 6b 0001 75 0001 0001 66 0009", "k.u"),
    ])
    func `types are read as the specification numbers them`(hex: String, name: String) throws {
        var reader = ByteReader(bytes(hex: hex))
        #expect(try reader.columnType().description == name)
        #expect(reader.remaining == 0)
    }

    @Test func `an unknown type is a fault`() {
        var reader = ByteReader(bytes(hex: "000a"))
        #expect(throws: MalformedBytes.unknown("column type", 10)) { try reader.columnType() }
    }

    @Test func `types that nest without an end are no danger to the stack`() {
        let list: [UInt8] = [0x00, 0x20]
        var endless = ByteReader([[UInt8]](repeating: list, count: 100_000).flatMap(\.self))
        #expect(throws: MalformedBytes.nestedTooDeeply) { try endless.columnType() }
        let lists = [[UInt8]](repeating: list, count: ColumnType.maximumDepth - 1).flatMap(\.self)
        var deepest = ByteReader(lists + [0x00, 0x09])
        #expect(throws: Never.self) { try deepest.columnType() }
    }

    @Test func `a tuple of more types than bytes is a fault`() {
        var reader = ByteReader(bytes(hex: "0031 ffff 0009"))
        #expect(throws: MalformedBytes.truncated) { try reader.columnType() }
    }
}
