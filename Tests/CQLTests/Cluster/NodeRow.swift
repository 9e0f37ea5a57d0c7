import ByteBuffers

@testable import CQL

/// What a row of `system.local` or `system.peers_v2` says of a node.
struct NodeRow: Sendable {
    /// Nil while the node joins.
    var hostID: UInt64?
    /// What it advertises.
    var endpoint: Endpoint
    var dataCenter = "dc1"
    var tokens: [Int64] = []
    var schemaVersion: UInt64 = 1

    static func uuid(_ number: UInt64) -> UUID { UUID(high: 0x4000, low: number) }
}

/// Rows as a server writes them.
struct ScriptedRows {
    enum Cell {
        case null
        case text(String)
        case uuid(UInt64)
        case address(InternetAddress)
        case int(Int32)
        case texts([String])
        case map([String: String])

        fileprivate var type: [UInt16] {
            switch self {
            case .text, .null: [0x0D]
            case .uuid: [0x0C]
            case .address: [0x10]
            case .int: [0x09]
            case .texts: [0x22, 0x0D]
            case .map: [0x21, 0x0D, 0x0D]
            }
        }

        fileprivate func write(to body: inout ByteBuffer) {
            var content = ByteBuffer()
            switch self {
            case .null:
                body.append(bigEndian: Int32(-1))
                return
            case .text(let text): content.append(Array(text.utf8))
            case .uuid(let number):
                content.append(bigEndian: NodeRow.uuid(number).high)
                content.append(bigEndian: NodeRow.uuid(number).low)
            case .address(let address): content.append(address.octets)
            case .int(let number): content.append(bigEndian: number)
            case .texts(let texts):
                content.append(bigEndian: Int32(texts.count))
                for text in texts { try? content.append(longString: text) }
            case .map(let map):
                content.append(bigEndian: Int32(map.count))
                for (key, value) in map.sorted(by: { $0.key < $1.key }) {
                    try? content.append(longString: key)
                    try? content.append(longString: value)
                }
            }
            try? body.append(byteString: contents(content))
        }
    }

    /// The columns, and a cell of each type, by which they are described.
    var columns: [(name: String, example: Cell)]
    var rows: [[Cell]]

    func write(to body: inout ByteBuffer) {
        body.append(bigEndian: Int32(2))
        body.append(bigEndian: Int32(1))
        body.append(bigEndian: Int32(columns.count))
        try? body.append(string: "system")
        try? body.append(string: "scripted")
        for (name, example) in columns {
            try? body.append(string: name)
            for code in example.type { body.append(bigEndian: code) }
        }
        body.append(bigEndian: Int32(rows.count))
        for row in rows { for cell in row { cell.write(to: &body) } }
    }
}

extension ScriptedNode.Script {
    /// The rows that answer a question of the client's own; nil for another statement.
    func rows(for statement: String) -> ScriptedRows? {
        let address = ScriptedRows.Cell.address(row.endpoint.address)
        switch statement {
        case TopologyQueries.local, TopologyQueries.localSchema, TopologyQueries.identity:
            return Self.nodes([row], address: "rpc_address", port: "rpc_port", example: address)
        case TopologyQueries.peers, TopologyQueries.peersSchema:
            return Self.nodes(peers, address: "native_address", port: "native_port", example: address)
        case TopologyQueries.keyspaces:
            let map = ScriptedRows.Cell.map(["class": "SimpleStrategy", "replication_factor": "1"])
            return ScriptedRows(
                columns: [("keyspace_name", .text("")), ("replication", map)],
                rows: [[.text("scripted"), map]]
            )
        default: return nil
        }
    }

    private static func nodes(
        _ rows: [NodeRow],
        address: String,
        port: String,
        example: ScriptedRows.Cell
    ) -> ScriptedRows {
        ScriptedRows(
            columns: [
                ("host_id", .uuid(0)), ("data_center", .text("")), ("rack", .text("")),
                ("tokens", .texts([])),
                (address, example), (port, .int(0)), ("schema_version", .uuid(0)),
            ],
            rows: rows.map { row in
                [
                    row.hostID.map(ScriptedRows.Cell.uuid) ?? .null, .text(row.dataCenter), .text("rack1"),
                    .texts(row.tokens.map(String.init)), .address(row.endpoint.address),
                    .int(Int32(row.endpoint.port)), .uuid(row.schemaVersion),
                ]
            }
        )
    }
}
