import Foundation
import Testing

@testable import CQL

/// An address from which nothing comes back, as from a machine that is gone: its listener takes no connection, and the
/// system drops what does not fit into its queue.
final class SilentAddress: Sendable {
    private let sockets: [Int32]

    init(_ endpoint: Endpoint) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe endpoint.withSocketAddress { unsafe bind(listener, $0, length) == 0 }
        try #require(isBound, "\(endpoint): errno \(errno)")
        try #require(listen(listener, 0) == 0)
        var sockets = [listener]
        for _ in 0..<4 {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = unsafe endpoint.withSocketAddress { unsafe connect(filler, $0, length) }
            sockets.append(filler)
        }
        self.sockets = sockets
    }

    func close() {
        for socket in sockets { _ = Glibc.close(socket) }
    }
}
