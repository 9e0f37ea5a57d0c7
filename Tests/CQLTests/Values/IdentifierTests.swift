import Testing

@testable import CQL

@Suite struct IdentifierTests {
    @Test func `identifiers are read and written as text`() {
        let text = "4a0c43c9-c43a-42ff-ba55-67563dfa35d4"
        #expect(CQL.UUID(text)?.description == text)
        #expect(CQL.UUID(text.uppercased())?.description == text)
        #expect(CQL.UUID("00000000-0000-0000-0000-000000000000") == CQL.UUID(high: 0, low: 0))
    }

    @Test(arguments: [
        "", "4a0c43c9c43a42ffba5567563dfa35d4", "4a0c43c9-c43a-42ff-ba55-67563dfa35d",
        "4a0c43c9-c43a-42ff-ba55_67563dfa35d4", "4a0c43c9-c43a-42ff-ba55-67563dfa35dg",
        "４a0c43c9-c43a-42ff-ba55-67563dfa35",
    ])
    func `other text is no identifier`(text: String) {
        #expect(CQL.UUID(text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "::1", "2001:db8::1", "0.0.0.0"])
    func `addresses are read and written as text`(text: String) {
        #expect(InternetAddress(text)?.description == text)
    }

    @Test(arguments: ["", "localhost", "127.0.0", "256.0.0.1", ":::1", "127.0.0.1:9042"])
    func `other text is no address`(text: String) {
        #expect(InternetAddress(text) == nil)
    }

    @Test func `addresses have four or sixteen bytes`() {
        #expect(InternetAddress(octets: [1, 2, 3]) == nil)
        #expect(InternetAddress(octets: []) == nil)
        #expect(InternetAddress(octets: [1, 2, 3, 4])?.description == "1.2.3.4")
    }
}
