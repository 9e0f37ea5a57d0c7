import Testing

@testable import HTTPServer

@Suite struct ConnectionReserveTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
    ])
    func `an IPv4 address and the network of an IPv6 address have one share`(
        one: String,
        other: String,
        isSame: Bool
    ) {
        #expect((PeerAddress.testing(one) == PeerAddress.testing(other)) == isSame)
    }

    @Test func `the oldest goes, of the own address first`() {
        var reserve = ConnectionReserve(maximum: 4, maximumOfAddress: 2)
        let (a, b, c) = (
            PeerAddress.testing("10.0.0.1"), PeerAddress.testing("10.0.0.2"), PeerAddress.testing("10.0.0.3")
        )
        #expect(reserve.leaving(for: a) == nil)
        reserve.enter(7, b)
        reserve.enter(8, a)
        reserve.enter(9, a)
        #expect(reserve.leaving(for: a) == 8)
        #expect(reserve.leaving(for: b) == nil)
        reserve.enter(3, b)
        #expect(reserve.leaving(for: c) == 7)
        reserve.leave(7)
        #expect(reserve.leaving(for: c) == nil)
        #expect(reserve.leaving(for: a) == 8)
    }
}
