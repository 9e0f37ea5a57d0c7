import ByteBuffers
import Foundation
import Testing

@testable import CQL

/// A request that a real server was sent, and what it answered; recorded by `record.py`.
struct Exchange: Sendable, CustomTestStringConvertible {
    var name: String
    var version: ProtocolVersion
    var compression: FrameCompression?
    /// Whether there are frames of version 5.
    var isFramed: Bool
    /// As on the wire.
    var request: [UInt8]
    var response: [UInt8]

    var testDescription: String { "\(name), version \(version.rawValue)" }

    /// All that were recorded.
    static let all = ["main", "failure", "down", "paused", "events", "auth", "compressed"].flatMap { file in
        (try? String(contentsOf: folder.appending(path: "\(file).txt"), encoding: .utf8)).map(parse) ?? []
    }

    /// Those of a name; a test is to fail where there are none.
    static func named(_ name: String) -> [Exchange] {
        all.filter { $0.name == name }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Vectors"
    )

    private static func parse(_ text: String) -> [Exchange] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return stride(from: 0, to: lines.count - 2, by: 3).map { index in
            let words = lines[index].split(separator: " ")
            let version = ProtocolVersion(rawValue: UInt8(words[2]) ?? 0) ?? .v4
            return Exchange(
                name: String(words[1]),
                version: version,
                compression: FrameCompression(rawValue: String(words[3])),
                isFramed: version >= .v5 && words[3] != "handshake",
                request: bytes(hex: lines[index + 1].dropFirst(2)),
                response: bytes(hex: lines[index + 2].dropFirst(2))
            )
        }
    }
}

func bytes(hex: some StringProtocol) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Reads a value that is all of the bytes.
func value<Read: ColumnValue>(_ bytes: [UInt8], _ type: ColumnType, as: Read.Type = Read.self) throws -> Read
{
    try Read(column: unsafe bytes.span.bytes, type: type)
}

/// The bytes of a buffer.
func contents(_ buffer: borrowing ByteBuffer) -> [UInt8] {
    unsafe Array(buffer.bytes)
}

/// An envelope with a body of its own.
struct StoredEnvelope: Hashable {
    var header: EnvelopeHeader
    var body: [UInt8]

    init(_ envelope: Envelope) {
        header = envelope.header
        body = unsafe Array(envelope.body)
    }

    init(header: EnvelopeHeader, body: [UInt8]) {
        self.header = header
        self.body = body
    }
}

/// Takes bytes in pieces and gives all envelopes, and the fault at the end, if any.
func decode(
    _ bytes: [UInt8],
    isFramed: Bool,
    compression: FrameCompression?,
    maximumFrameBytes: Int = ConnectionSettings.protocolFrameBytes,
    pieces: () -> Int = { .max }
) -> (envelopes: [StoredEnvelope], fault: CQLError.Cause?) {
    var decoder = FrameDecoder(maximumFrameBytes: maximumFrameBytes)
    if isFramed { decoder.beginSegments(compression) } else { decoder.allowCompression(compression) }
    var envelopes: [StoredEnvelope] = []
    var offset = 0
    while offset < bytes.count {
        let end = offset + min(pieces(), bytes.count - offset)
        // The piece goes away after each step, so that nothing may point into it.
        let piece = Array(bytes[offset..<end])
        offset = end
        do throws(FrameFault) {
            try feed(piece, to: &decoder) { envelopes.append($0) }
        } catch {
            return (envelopes, error.cause)
        }
    }
    return (envelopes, nil)
}

private func feed(
    _ piece: [UInt8],
    to decoder: inout FrameDecoder,
    _ take: (StoredEnvelope) -> Void
) throws(FrameFault) {
    let fault: FrameFault? = unsafe piece.withUnsafeBytes { piece in
        unsafe decoder.feed(piece)
        do throws(FrameFault) {
            while let envelope = try decoder.next() { take(StoredEnvelope(envelope)) }
            decoder.keep()
            return nil
        } catch {
            return error
        }
    }
    if let fault { throw fault }
}

extension Exchange {
    /// The one envelope of the response.
    func answer() throws -> StoredEnvelope {
        let (envelopes, fault) = decode(response, isFramed: isFramed, compression: compression)
        #expect(fault == nil)
        return try #require(envelopes.count == 1 ? envelopes.first : nil)
    }

    /// The one envelope of the request.
    func question() throws -> StoredEnvelope {
        let (envelopes, fault) = decode(request, isFramed: isFramed, compression: nil)
        #expect(fault == nil)
        return try #require(envelopes.count == 1 ? envelopes.first : nil)
    }

    /// The message of the response.
    func message(_ context: RequestContext? = nil) throws -> Response {
        try messageAndPreamble(context).1
    }

    func messageAndPreamble(_ context: RequestContext? = nil) throws -> (ResponsePreamble, Response) {
        let envelope = try answer()
        var reader = ByteReader(envelope.body)
        let preamble = try ResponsePreamble(from: &reader, flags: envelope.header.flags)
        let message = try Response(
            envelope.header.opcode,
            from: &reader,
            version: version,
            context: context ?? .query("")
        )
        #expect(reader.remaining == 0 || message.isRows)
        return (preamble, message)
    }

    /// Our bytes for a message, as they would go over the wire.
    func encoded(
        _ opcode: Opcode,
        stream: Int16 = 1,
        isTraced: Bool = false,
        _ body: (inout ByteBuffer) throws(UnencodableRequest) -> Void
    ) throws -> [UInt8] {
        var encoder = FrameEncoder(version: version, maximumFrameBytes: 1 << 20)
        if isFramed { encoder.begin(compression) }
        try encoder.append(opcode, stream: stream, isTraced: isTraced, body)
        var output = ByteBuffer()
        encoder.take(into: &output)
        return contents(output)
    }
}

extension Response {
    fileprivate var isRows: Bool {
        guard case .result(.rows) = self else { return false }
        return true
    }

    var result: QueryResult? {
        guard case .result(let result) = self else { return nil }
        return result
    }

    var rows: Rows? {
        guard case .result(.rows(let rows)) = self else { return nil }
        return rows
    }

    var prepared: PreparedStatement? {
        guard case .result(.prepared(let statement)) = self else { return nil }
        return statement
    }

    var serverError: ServerError? {
        guard case .error(let error) = self else { return nil }
        return error
    }
}
