import Testing

@testable import CQL

@Test(arguments: tokensOfKeys)
func `a key has the token that a server gives it`(key: String, token: Int64) {
    #expect(Token(partitionKey: bytes(ofHex: key)).value == token)
}

private let compositeKeys: [(columns: [[UInt8]], token: Int64)] = [
    ([Array("Zoë".utf8), [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0x00, 0x80]], 9_031_275_224_197_331_547),
    (
        [Array("0a2d12a1a7e145de8bae44c0c6e06629".utf8), [0x01, 0x33, 0xA2, 0xB2], []],
        -7_530_330_188_023_017_797
    ),
    ([[], [0, 0, 0, 0], [1]], 4_351_164_644_460_516_118),
]

@Test(arguments: compositeKeys)
func `a key of several columns has the token that a server gives it`(columns: [[UInt8]], token: Int64) {
    var key = RoutingKey(columns: columns.count)
    for column in columns {
        let isTaken = key.append(column[...])
        #expect(isTaken)
    }
    #expect(Token(partitionKey: key.bytes).value == token)
}

@Test(arguments: compositeKeys)
func `a partition that a request names has the token that a server gives it`(columns: [[UInt8]], token: Int64)
{
    let routing = PendingRequest.Routing(Partition(keyspace: "players", key: columns))
    #expect(routing?.token.value == token)
    #expect(routing?.keyspace == "players")
    #expect(
        PendingRequest.Routing(Partition(keyspace: "players", key: [[UInt8](repeating: 7, count: 65_536)]))
            == nil
    )
}

@Test func `a column that is longer than any key makes no key`() {
    let column = [UInt8](repeating: 7, count: 65_536)
    for columns in 1...2 {
        var key = RoutingKey(columns: columns)
        let isTaken = key.append(column[...])
        #expect(!isTaken)
        let isShorterTaken = key.append(column.dropLast())
        #expect(isShorterTaken)
    }
}

@Test func `the empty key is the smallest token, and no other is`() {
    #expect(Token(partitionKey: [] as [UInt8]).value == .min)
}

@Test(arguments: [("-9223372036854775808", Int64.min), ("42", 42), ("0", 0)])
func `a token is read as servers write it`(text: String, value: Int64) {
    #expect(Token(text: text)?.value == value)
    #expect(Token(value: value).description == text)
}

@Test(arguments: ["", "a9993e364706816aba3e25717850c26c", "9223372036854775808"])
func `tokens of other partitioners are refused`(text: String) {
    #expect(Token(text: text) == nil)
}

private func bytes(ofHex text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
