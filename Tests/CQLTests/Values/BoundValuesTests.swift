import ByteBuffers
import Testing

@testable import CQL

@Suite struct BoundValuesTests {
    @Test func `null and unset are not the same`() {
        var values = BoundValues()
        values.append(Int32(1))
        values.append(nil as Int32?)
        values.append(Value.null)
        values.appendNull()
        values.appendUnset()
        values.append("")
        #expect(values.count == 6)
        #expect(
            values.bytes == bytes(hex: "00000004 00000001 ffffffff ffffffff ffffffff fffffffe 00000000")
        )
    }

    @Test func `the bytes of a value can be found, for a partition's key`() throws {
        var values = BoundValues()
        values.append("ab")
        values.append(nil as String?)
        values.appendUnset()
        values.append(Int64(7))
        #expect(values.range(at: 0).map { Array(values.bytes[$0]) } == [0x61, 0x62])
        #expect(values.range(at: 1) == nil)
        #expect(values.range(at: 2) == nil)
        #expect(values.range(at: 3).map { Array(values.bytes[$0]) } == [0, 0, 0, 0, 0, 0, 0, 7])
        #expect(values.range(at: 4) == nil)
        #expect(values.range(at: -1) == nil)
    }

    @Test func `a value of the wrong type is noticed before anything is sent`() throws {
        let statement = PreparedStatement(
            statement: "SELECT",
            id: [1],
            resultMetadataID: [2],
            variables: [.init(keyspace: "k", table: "t", name: "ended", type: .bigint)],
            partitionKey: [],
            resultMetadata: nil
        )
        var values = BoundValues(for: statement)
        values.append(Int32(5))
        let execute = Execute(
            statement: statement,
            values: values,
            parameters: QueryParameters(consistency: .one)
        )
        var buffer = ByteBuffer()
        do throws(UnencodableRequest) {
            try execute.encode(into: &buffer, version: .v5)
            Issue.record("the value was taken")
        } catch {
            #expect(error.reason == "Int32 was bound to ended, which is of type bigint")
        }
    }
}
