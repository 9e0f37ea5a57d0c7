import ByteBuffers
import Testing

@testable import CQL

@Suite struct ByteReaderTests {
    @Test func `integers are big-endian`() throws {
        var reader = ByteReader(bytes(hex: "01 0203 fffffffe 8000000000000000"))
        #expect(try reader.byte() == 1)
        #expect(try reader.short() == 0x0203)
        #expect(try reader.int() == -2)
        #expect(try reader.integer(Int64.self) == .min)
        #expect(reader.remaining == 0)
    }

    @Test func `nothing is read behind the end`() {
        for size in 0..<8 {
            var reader = ByteReader([UInt8](repeating: 0xFF, count: size))
            #expect(throws: MalformedBytes.truncated) { try reader.integer(Int64.self) }
        }
        var reader = ByteReader([])
        #expect(throws: MalformedBytes.truncated) { try reader.byte() }
        #expect(throws: MalformedBytes.truncated) { try reader.string() }
        #expect(throws: MalformedBytes.truncated) { try reader.uuid() }
    }

    @Test(arguments: [
        ("0002 6869", "hi"), ("0000", ""), ("0003 e282ac", "€"),
    ])
    func `strings are UTF-8 behind their length`(hex: String, text: String) throws {
        var reader = ByteReader(bytes(hex: hex))
        #expect(try reader.string() == text)
    }

    @Test func `a string that is not UTF-8 is a fault`() {
        var reader = ByteReader(bytes(hex: "0002 c328"))
        #expect(throws: MalformedBytes.invalidText) { try reader.string() }
    }

    @Test func `a string longer than its message is a fault`() {
        var reader = ByteReader(bytes(hex: "ffff 6869"))
        #expect(throws: MalformedBytes.truncated) { try reader.string() }
    }

    @Test func `bytes of a negative length are null`() throws {
        var reader = ByteReader(bytes(hex: "ffffffff fffffffe 00000000 00000001 07"))
        #expect(try reader.byteString() == nil)
        #expect(try reader.byteString() == nil)
        #expect(try reader.byteString() == [])
        #expect(try reader.byteString() == [7])
    }

    @Test func `a count that its message cannot hold is refused before memory is reserved for it`() {
        var list = ByteReader(bytes(hex: "ffff 0000"))
        #expect(throws: MalformedBytes.truncated) { try list.stringList() }
        var map = ByteReader(bytes(hex: "ffff 0000"))
        #expect(throws: MalformedBytes.truncated) { try map.stringMultimap() }
        var reader = ByteReader([0, 0])
        #expect(throws: MalformedBytes.truncated) { try reader.count(Int(Int32.max), ofAtLeast: 1) }
        #expect(throws: MalformedBytes.invalidCount(-1)) { try reader.count(-1, ofAtLeast: 1) }
    }

    @Test func `addresses have four or sixteen bytes`() throws {
        var reader = ByteReader(bytes(hex: "04 7f000001 00002352"))
        #expect(try reader.endpoint().description == "127.0.0.1:9042")
        var long = ByteReader(bytes(hex: "10 00000000000000000000000000000001 00002352"))
        #expect(try long.endpoint().description == "[::1]:9042")
        var odd = ByteReader(bytes(hex: "05 7f00000100 00002352"))
        #expect(throws: MalformedBytes.invalidCount(5)) { try odd.endpoint() }
        var port = ByteReader(bytes(hex: "04 7f000001 00012352"))
        #expect(throws: MalformedBytes.invalidCount(0x12352)) { try port.endpoint() }
    }

    @Test func `maps are read as they are written`() throws {
        var buffer = ByteBuffer()
        try buffer.append(stringMap: ["b": "2", "a": "1"])
        #expect(contents(buffer) == bytes(hex: "0002 0001 61 0001 31 0001 62 0001 32"))
        var payload = ByteReader(bytes(hex: "0002 0001 61 00000001 05 0001 62 ffffffff"))
        let map = try payload.bytesMap()
        let expected: [String: [UInt8]?] = ["a": [5], "b": Optional<[UInt8]>.none]
        #expect(map == expected)
        var multimap = ByteReader(bytes(hex: "0001 0001 61 0002 0001 62 0001 63"))
        #expect(try multimap.stringMultimap() == ["a": ["b", "c"]])
    }

    @Test func `an unknown consistency level is a fault`() throws {
        var reader = ByteReader(bytes(hex: "0006 000b"))
        #expect(try reader.consistency() == .localQuorum)
        #expect(throws: MalformedBytes.unknown("consistency level", 11)) { try reader.consistency() }
    }
}
