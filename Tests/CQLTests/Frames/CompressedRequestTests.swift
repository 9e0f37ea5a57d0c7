import ByteBuffers
import Testing

@testable import CQL

/// Requests that `FrameEncoder` has compressed, and that a real server took.
@Suite struct CompressedRequestTests {
    /// The three requests of a recorded exchange; the longest are longer than a frame.
    private func requests(_ exchange: Exchange, spaces: Int) throws -> [StoredEnvelope] {
        let query = Query(
            statement: "SELECT key FROM system.local" + String(repeating: " ", count: spaces),
            parameters: QueryParameters(consistency: .one)
        )
        var encoder = FrameEncoder(version: exchange.version, maximumFrameBytes: 1 << 20)
        encoder.begin(.lz4)
        for stream in 1...3 as ClosedRange<Int16> {
            try encoder.append(.query, stream: stream) { (buffer) throws(UnencodableRequest) in
                try query.encode(into: &buffer, version: exchange.version)
            }
        }
        var output = ByteBuffer()
        encoder.take(into: &output)
        return decode(contents(output), isFramed: exchange.isFramed, compression: .lz4).envelopes
    }

    @Test func `they are the requests, and each was answered`() throws {
        let exchanges = Exchange.named("compressed")
        #expect(exchanges.map(\.version) == [.v4, .v5, .v5])
        for (exchange, spaces) in zip(exchanges, [3_000, 3_000, 200_000]) {
            let sent = decode(exchange.request, isFramed: exchange.isFramed, compression: .lz4)
            #expect(sent.fault == nil)
            let requests = try requests(exchange, spaces: spaces)
            // Version 4 has a flag for a compressed body, which is still there when it is unpacked.
            #expect(sent.envelopes.map(\.body) == requests.map(\.body))
            #expect(sent.envelopes.map(\.header.stream) == [1, 2, 3])
            #expect(exchange.request.count < requests.map(\.body.count).reduce(0, +) / 10)

            let answers = decode(exchange.response, isFramed: exchange.isFramed, compression: .lz4).envelopes
            #expect(answers.map(\.header.stream).sorted() == [1, 2, 3])
            for answer in answers {
                var reader = ByteReader(answer.body)
                let message = try Response(
                    answer.header.opcode,
                    from: &reader,
                    version: exchange.version,
                    context: .query("")
                )
                #expect(try message.rows?.first?.value("key") == "local")
            }
        }
    }
}
