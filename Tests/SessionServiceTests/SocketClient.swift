import Foundation
import Glibc

/// A client that writes a request as it is told, and reads the answer to the end of the connection.
enum SocketClient {
    /// A call of the system failed.
    struct Failure: Error {
        var call: String
        var code: Int32
    }

    static func send(
        _ method: String,
        _ target: String,
        _ body: [UInt8],
        headers: [(String, String)],
        port: Int
    ) async throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
        if !headers.contains(where: { $0.0 == "Host" }) { head += "Host: localhost\r\n" }
        let isChunked = headers.contains { $0.0 == "Transfer-Encoding" }
        if !isChunked && (method == "POST" || !body.isEmpty) { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let request = Array((head + "\r\n").utf8) + body
        let answer = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: blocking one of the pool's would hold up the tests beside this one.
            Thread.detachNewThread {
                continuation.resume(with: Result { try exchange(request, port) })
            }
        }
        return parse(answer)
    }

    private static func exchange(_ request: [UInt8], _ port: Int) throws -> [UInt8] {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard handle >= 0 else { throw Failure(call: "socket", code: errno) }
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr = in_addr(s_addr: in_addr_t(UInt32(0x7F00_0001).bigEndian))
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(call: "connect", code: errno) }
        var sent = 0
        while sent < request.count {
            let rest = Array(request[sent...])
            let count = unsafe Glibc.send(handle, rest, rest.count, Int32(MSG_NOSIGNAL))
            // A server that refuses the request may close before it has read all of it.
            if count <= 0 { break }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(handle, &buffer, buffer.count, 0)
            if count == 0 { return answer }
            guard count > 0 else { throw Failure(call: "recv", code: errno) }
            answer += buffer[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Answer {
        let blank = Array("\r\n\r\n".utf8)
        let split = bytes.indices.first { bytes[$0...].starts(with: blank) } ?? bytes.endIndex
        let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (
                name: String(parts[0]),
                value: String((parts.count == 2 ? parts[1] : "").drop { $0 == " " })
            )
        }
        return Answer(status: status ?? 0, headers: headers, body: Array(bytes[split...].dropFirst(4)))
    }
}
