import Testing

@testable import CQL

@Suite struct TransitionTests {
    @Test func `bytes before the transport is open are a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            var machine = ConnectionMachine(ConnectionSettings())
            let bytes: [UInt8] = [1]
            unsafe bytes.withUnsafeBytes { unsafe machine.received($0, 0) }
        }
    }

    @Test func `a transport that opens twice is a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            var machine = ConnectionMachine(ConnectionSettings())
            machine.opened(0)
            machine.opened(0)
        }
    }

    @Test func `a transport that closes twice is a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            var machine = ConnectionMachine(ConnectionSettings())
            machine.transportClosed()
            machine.transportClosed()
        }
    }

    @Test func `more streams than the protocol has are a fault of the program`() async {
        await #expect(processExitsWith: .failure) {
            var settings = ConnectionSettings()
            settings.maximumStreams = 32_768
            _ = ConnectionMachine(settings)
        }
    }
}
