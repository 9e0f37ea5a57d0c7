import ByteBuffers
import Testing

@testable import CQL

@Suite struct ServerEventTests {
    private static let second = InternetAddress("127.0.11.2").map { Endpoint(address: $0, port: 9_042) }

    @Test func `EVENT tells of nodes and of the schema`() throws {
        var events: [ServerEvent] = []
        for exchange in Exchange.named("event") {
            // Several can come in one frame.
            let (envelopes, fault) = decode(
                exchange.response,
                isFramed: exchange.isFramed,
                compression: exchange.compression
            )
            #expect(fault == nil)
            for envelope in envelopes {
                #expect(envelope.header.stream == ConnectionMachine.eventStream)
                var reader = ByteReader(envelope.body)
                events.append(try ServerEvent(from: &reader))
            }
        }
        let node = try #require(Self.second)
        #expect(events.contains(.nodeDown(node)))
        #expect(events.contains(.nodeUp(node)))
        let players = SchemaChange.Target.table(keyspace: "vectors", name: "players")
        #expect(events.contains(.schema(SchemaChange(change: "CREATED", target: players))))
        #expect(events.contains(.schema(SchemaChange(change: "UPDATED", target: players))))
        #expect(events.contains(.schema(SchemaChange(change: "CREATED", target: .keyspace("vectors")))))
    }

    private func event(_ write: (inout ByteBuffer) throws -> Void) throws -> ServerEvent {
        var buffer = ByteBuffer()
        try write(&buffer)
        var reader = ByteReader(contents(buffer))
        return try ServerEvent(from: &reader)
    }

    @Test(arguments: ["NEW_NODE", "REMOVED_NODE", "MOVED_NODE"])
    func `topology changes name a node`(change: String) throws {
        let node = try #require(Self.second)
        let event = try event { buffer in
            try buffer.append(string: "TOPOLOGY_CHANGE")
            try buffer.append(string: change)
            buffer.append(bytes(hex: "04 7f000b02 00002352"))
        }
        switch change {
        case "NEW_NODE": #expect(event == .nodeAdded(node))
        case "REMOVED_NODE": #expect(event == .nodeRemoved(node))
        default: #expect(event == .topology(change, node))
        }
    }

    @Test func `functions and aggregates have argument types`() throws {
        for kind in ["FUNCTION", "AGGREGATE"] {
            let event = try event { buffer in
                for string in ["SCHEMA_CHANGE", "DROPPED", kind, "k", "f"] {
                    try buffer.append(string: string)
                }
                try buffer.append(stringList: ["int", "text"])
            }
            let types = ["int", "text"]
            let target: SchemaChange.Target =
                kind == "FUNCTION"
                ? .function(keyspace: "k", name: "f", argumentTypes: types)
                : .aggregate(keyspace: "k", name: "f", argumentTypes: types)
            #expect(event == .schema(SchemaChange(change: "DROPPED", target: target)))
        }
        let type = try event { buffer in
            for string in ["SCHEMA_CHANGE", "UPDATED", "TYPE", "k", "t"] { try buffer.append(string: string) }
        }
        #expect(type == .schema(SchemaChange(change: "UPDATED", target: .type(keyspace: "k", name: "t"))))
    }

    @Test func `an unknown event is a fault`() {
        #expect(throws: MalformedBytes.self) { try event { try $0.append(string: "WEATHER_CHANGE") } }
    }
}
