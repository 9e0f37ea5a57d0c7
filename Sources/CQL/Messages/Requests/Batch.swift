import ByteBuffers

/// BATCH: executes several modifying statements as one.
///
/// Source: the native protocol's specification, version 5, section 4.1.7.
struct Batch: Sendable {
    var kind: BatchKind
    var entries: [Entry]
    var parameters: QueryParameters

    enum Entry: Sendable {
        case text(String, BoundValues)
        case prepared(PreparedStatement, BoundValues)

        var statement: String {
            switch self {
            case .text(let statement, _): statement
            case .prepared(let statement, _): statement.statement
            }
        }
    }

    func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) throws(UnencodableRequest) {
        buffer.append(kind.rawValue)
        try buffer.append(shortCount: entries.count, of: "statements in a batch")
        for entry in entries {
            switch entry {
            case .text(let statement, let values):
                buffer.append(UInt8(0))
                try buffer.append(longString: statement)
                try append(values, to: &buffer)
            case .prepared(let statement, let values):
                guard values.count == statement.variables.count else {
                    throw UnencodableRequest(
                        reason: "\(values.count) values for \(statement.variables.count) variables"
                    )
                }
                buffer.append(UInt8(1))
                try buffer.append(shortBytes: statement.id)
                try append(values, to: &buffer)
            }
        }
        try parameters.encodeForBatch(into: &buffer, version: version)
    }

    private func append(_ values: BoundValues, to buffer: inout ByteBuffer) throws(UnencodableRequest) {
        if let fault = values.fault { throw UnencodableRequest(reason: fault) }
        try buffer.append(shortCount: values.count, of: "values")
        buffer.append(values.bytes)
    }
}

/// The guarantee of a batch.
public enum BatchKind: UInt8, Sendable, Hashable {
    /// All or nothing, eventually: the batch is written to a log first.
    case logged = 0
    /// No guarantee, but statements of one partition are one mutation.
    case unlogged = 1
    /// For counter updates.
    case counter = 2
}
