import Foundation
import Testing

/// A blocking socket that sends and receives bytes as they are told.
final class RawClient: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Answer: Equatable {
        var status: Int
        var head: String
        var body: [UInt8]

        func value(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
                .map { String($0.dropFirst(name.utf8.count + 2)) }
        }
    }

    let descriptor: Int32

    /// Whether this machine refuses a connection to the port.
    static func isRefused(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result < 0 && errno == ECONNREFUSED
    }

    init(_ port: Int, from source: String? = nil, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &timeout,
            socklen_t(MemoryLayout<timeval>.size)
        )
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_SNDTIMEO,
            &timeout,
            socklen_t(MemoryLayout<timeval>.size)
        )
        if var receiveBuffer {
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
        }
        if let source {
            var address = Self.address(source, 0)
            _ = unsafe withUnsafePointer(to: &address) {
                unsafe bind(
                    descriptor,
                    UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_in>.size)
                )
            }
        }
        var address = Self.address("127.0.0.1", port)
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe connect(
                descriptor,
                UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size)
            )
        }
        guard status == 0 else { throw Failure(description: "cannot connect: \(errno)") }
    }

    deinit { close(descriptor) }

    private static func address(_ host: String, _ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        unsafe inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    /// Sends all, or answers how much went out before the server closed.
    @discardableResult func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor,
                    bytes.baseAddress.map { unsafe $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count <= 0 { break }
            sent += count
        }
        return sent
    }

    @discardableResult func send(_ text: String) -> Int { send(Array(text.utf8)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Up to `count` bytes; empty at the end.
    func receive(_ count: Int = 65_536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, count, 0)
        }
        guard received >= 0 else { throw Failure(description: "cannot receive: \(errno)") }
        return Array(bytes[..<received])
    }

    /// Everything to the end of the stream.
    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { return all }
            all += more
        }
    }

    /// As `receiveAll`, on a thread of its own: what it waits for may need one of those that tasks share.
    func receiveAllElsewhere() async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread { [self] in continuation.resume(with: Result { try receiveAll() }) }.start()
        }
    }

    /// One answer, as long as its head says; bytes are read one by one, so that none of the next is taken.
    func answer(withBody: Bool = true) throws -> Answer {
        var head: [UInt8] = []
        while head.suffix(4) != [13, 10, 13, 10] {
            let byte = try receive(1)
            if byte.isEmpty {
                throw Failure(description: "the stream ended in \(String(decoding: head, as: UTF8.self))")
            }
            head += byte
        }
        let text = String(decoding: head, as: UTF8.self)
        guard let status = Int(text.split(separator: " ")[1]) else { throw Failure(description: text) }
        var answer = Answer(status: status, head: text, body: [])
        let length = withBody ? answer.value("Content-Length").flatMap { Int($0) } ?? 0 : 0
        while answer.body.count < length {
            let more = try receive(length - answer.body.count)
            if more.isEmpty { throw Failure(description: "the stream ended in the body") }
            answer.body += more
        }
        return answer
    }
}
