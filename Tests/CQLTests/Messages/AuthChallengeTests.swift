import Testing

@testable import CQL

@Suite struct AuthChallengeTests {
    // No authenticator of Cassandra's own sends one; the bytes are the specification's.
    @Test func `AUTH_CHALLENGE holds a token`() throws {
        var reader = ByteReader(bytes(hex: "00000002 0102"))
        #expect(try AuthChallenge(from: &reader).token == [1, 2])
        var null = ByteReader(bytes(hex: "ffffffff"))
        #expect(try AuthChallenge(from: &null).token == nil)
        var cut = ByteReader(bytes(hex: "00000003 0102"))
        #expect(throws: MalformedBytes.truncated) { try AuthChallenge(from: &cut) }
    }
}
