import ByteBuffers
import Foundation
import Synchronization

@testable import CQL

/// The node's side of a connection.
///
/// Unchecked: what is not behind the mutex is used on the connection's own thread only.
final class NodeSocket: @unchecked Sendable {
    private struct State {
        var isFramed = false
        var wantsEvents = false
        var version = ProtocolVersion.v4
        var isClosed = false
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private var decoder = FrameDecoder(maximumFrameBytes: 1 << 24)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    var wantsEvents: Bool {
        get { state.withLock(\.wantsEvents) }
        set { state.withLock { $0.wantsEvents = newValue } }
    }

    var version: ProtocolVersion {
        get { state.withLock(\.version) }
        set { state.withLock { $0.version = newValue } }
    }

    /// From here on both sides speak in version 5's frames.
    func beginSegments() {
        decoder.beginSegments(nil)
        state.withLock { $0.isFramed = true }
    }

    /// Hands on each message until the connection ends.
    func readAll(_ take: (StoredEnvelope) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return }
            guard let envelopes = decode(Array(bytes[..<count])) else { return }
            for envelope in envelopes { take(envelope) }
        }
    }

    private func decode(_ piece: [UInt8]) -> [StoredEnvelope]? {
        unsafe piece.withUnsafeBytes { piece in
            var envelopes: [StoredEnvelope] = []
            unsafe decoder.feed(piece)
            do throws(FrameFault) {
                while let envelope = try decoder.next() { envelopes.append(StoredEnvelope(envelope)) }
            } catch {
                return nil
            }
            decoder.keep()
            return envelopes
        }
    }

    /// Sends a message.
    func send(_ opcode: Opcode, stream: Int16, _ body: (inout ByteBuffer) -> Void = { _ in }) {
        var content = ByteBuffer()
        body(&content)
        let bytes = contents(content)
        state.withLock { state in
            guard !state.isClosed else { return }
            var envelope = ByteBuffer()
            EnvelopeHeader(
                version: state.version.rawValue | EnvelopeHeader.responseBit,
                flags: [],
                stream: stream,
                opcode: opcode.rawValue,
                length: UInt32(bytes.count)
            ).write(to: &envelope)
            envelope.append(bytes)
            var output = ByteBuffer()
            if state.isFramed {
                SegmentHeader(payloadLength: envelope.count, isSelfContained: true).write(to: &output, nil)
                unsafe output.append(envelope.bytes)
                output.append(littleEndian: UInt64(unsafe Checksum.crc32(envelope.bytes)), size: 4)
            } else {
                unsafe output.append(envelope.bytes)
            }
            let frame = contents(output)
            // The few bytes of a test fit into the socket's buffer; a client that is gone need not have them.
            _ = unsafe frame.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    func sendError(
        _ code: Int32,
        _ message: String,
        _ stream: Int16,
        _ more: (inout ByteBuffer) -> Void = { _ in }
    ) {
        send(.error, stream: stream) { body in
            body.append(bigEndian: code)
            try? body.append(string: message)
            more(&body)
        }
    }

    /// Says that a statement is prepared: its variables are texts, the first of which is the partition key.
    func sendPrepared(_ id: [UInt8], _ statement: String, _ stream: Int16) {
        let variables = statement.count { $0 == "?" }
        let version = version
        send(.result, stream: stream) { body in
            body.append(bigEndian: Int32(4))
            try? body.append(shortBytes: id)
            if version >= .v5 { try? body.append(shortBytes: [UInt8](repeating: 7, count: 16)) }
            // One table for all; then the variables, and which of them are the partition key.
            body.append(bigEndian: Int32(1))
            body.append(bigEndian: Int32(variables))
            body.append(bigEndian: Int32(min(variables, 1)))
            if variables > 0 { body.append(bigEndian: UInt16(0)) }
            try? body.append(string: "scripted")
            try? body.append(string: "texts")
            for number in 0..<variables {
                try? body.append(string: "v\(number)")
                body.append(bigEndian: UInt16(0x000D))
            }
            // A result without columns.
            body.append(bigEndian: Int32(4))
            body.append(bigEndian: Int32(0))
        }
    }

    /// Ends the connection; its thread closes the descriptor.
    func end() {
        state.withLock { state in
            if !state.isClosed { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            _ = Glibc.close(descriptor)
        }
    }
}
