import PlayerSessions
import Testing

@testable import CassandraStore

@Suite struct MarkerTests {
    private static let id = Marker.ID(bytes: [UInt8](repeating: 7, count: 16))
    private static let change = Change(
        SessionKey(Identifier(unchecked: Array("p".utf8)), Identifier(unchecked: Array("s".utf8))),
        winner: Candidate(
            SessionRecord.Start(timestamp: Timestamp(microseconds: 5), country: CountryCode(ordinal: 3)),
            received: 9
        ),
        losers: []
    )

    @Test(arguments: [
        Marker.Purpose.lease(.span), .lease(.hour), .lease(.day), .change(change), .unknown([0, 1]),
        .unknown([9]),
    ])
    func `a marker is read as it was written`(_ purpose: Marker.Purpose) {
        let marker = Marker(id: MarkerTests.id, purpose: purpose)
        #expect(Marker(id: MarkerTests.id, content: marker.content) == marker)
    }

    @Test func `contents stay what they are on clusters that hold them`() {
        #expect(Marker(id: MarkerTests.id).content == [])
        #expect(Marker(id: MarkerTests.id, purpose: .lease(.hour)).content == [0, 3])
        #expect(Marker(id: MarkerTests.id, purpose: .lease(.day)).content == [0, 2])
    }
}
