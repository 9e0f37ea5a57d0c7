import Testing

@testable import CQL

@Suite struct MapEntriesTests {
    private typealias Entries = MapEntries<Blob, Int64>
    private static let type = ColumnType.map(.blob, .bigint)

    @Test func `entries keep the server's order, and come back as they were`() throws {
        let map = Entries([Pair(Blob([9]), 1), Pair(Blob([1]), -2), Pair(Blob([]), 3)])
        var writer = ValueWriter()
        map.encode(into: &writer)
        let written = writer.bytes
        let read = unsafe try Entries(column: written.span.bytes, type: MapEntriesTests.type)
        #expect(read == map)
    }

    @Test func `only maps of what key and value accept are accepted`() {
        #expect(Entries.accepts(MapEntriesTests.type))
        for type in [ColumnType.map(.text, .bigint), .map(.blob, .int), .set(.blob), .blob] {
            #expect(!Entries.accepts(type))
        }
    }

    @Test func `bytes that end too early are refused`() {
        var writer = ValueWriter()
        Entries([Pair(Blob([9]), 1)]).encode(into: &writer)
        for length in 0..<writer.bytes.count {
            let cut = Array(writer.bytes.prefix(length))
            let read = unsafe try? Entries(column: cut.span.bytes, type: MapEntriesTests.type)
            #expect(read == nil)
        }
    }
}
