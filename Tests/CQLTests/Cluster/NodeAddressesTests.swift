import Testing

@testable import CQL

@Suite struct NodeAddressesTests {
    private let place = ScriptedCluster()
    private func at(_ number: UInt8) -> Endpoint { place.endpoint(number) }

    @Test func `each address is tried once before there is a pause`() {
        var addresses = NodeAddresses(advertised: [at(1), at(2)], proven: at(3))
        var tried = [addresses.current]
        while !addresses.moveOn() { tried.append(addresses.current) }
        #expect(tried == [at(1), at(2), at(3)])
        #expect(addresses.current == at(1))
    }

    @Test func `what worked is used again, and the others when it fails`() {
        var addresses = NodeAddresses(advertised: [at(1)], proven: at(3))
        let wereAllTried1 = addresses.moveOn()
        #expect(!wereAllTried1)
        addresses.succeeded()
        #expect(addresses.current == at(3))
        #expect(addresses.hasAnother)
        let wereAllTried2 = addresses.moveOn()
        #expect(!wereAllTried2)
        #expect(addresses.current == at(1))
        #expect(!addresses.hasAnother)
        let wereAllTried3 = addresses.moveOn()
        #expect(wereAllTried3)
    }

    @Test func `one address needs no proof, and several do`() {
        #expect(!NodeAddresses(advertised: [at(1)], proven: at(1)).needsProof)
        #expect(NodeAddresses(advertised: [at(1)], proven: at(2)).needsProof)
        #expect(NodeAddresses(advertised: [at(1), at(2)], proven: nil).needsProof)
    }

    @Test func `the current address stays while it is one of them`() {
        var addresses = NodeAddresses(advertised: [at(1), at(2)], proven: nil)
        _ = addresses.moveOn()
        addresses.update(advertised: [at(2), at(4)], proven: nil)
        #expect(addresses.current == at(2))
        addresses.update(advertised: [at(4)], proven: nil)
        #expect(addresses.current == at(4))
    }
}
