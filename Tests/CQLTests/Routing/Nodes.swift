@testable import CQL

/// A node for tests of the ring: its number is its address and its identity.
func node(
    _ number: UInt8,
    dataCenter: String = "dc1",
    rack: String = "r1",
    tokens: [Int64]
) -> Node {
    guard let address = InternetAddress(octets: [10, 0, 0, number]) else {
        fatalError("four bytes are an address")
    }
    return Node(
        hostID: UUID(high: 0, low: UInt64(number)),
        endpoint: Endpoint(address: address, port: 9042),
        dataCenter: dataCenter,
        rack: rack,
        releaseVersion: "5.0.9",
        tokens: tokens.map(Token.init(value:))
    )
}
