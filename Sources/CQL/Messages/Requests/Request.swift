import ByteBuffers

/// A request that a connection accepts.
///
/// A connection sends OPTIONS, STARTUP, AUTH_RESPONSE and REGISTER itself.
enum Request: Sendable {
    case query(Query)
    case prepare(Prepare)
    case execute(Execute)
    case batch(Batch)

    var opcode: Opcode {
        switch self {
        case .query: .query
        case .prepare: .prepare
        case .execute: .execute
        case .batch: .batch
        }
    }

    var isTraced: Bool {
        switch self {
        case .prepare: false
        case .query(let query): query.parameters.isTraced
        case .execute(let execute): execute.parameters.isTraced
        case .batch(let batch): batch.parameters.isTraced
        }
    }

    func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) throws(UnencodableRequest) {
        switch self {
        case .query(let query): try query.encode(into: &buffer, version: version)
        case .prepare(let prepare): try prepare.encode(into: &buffer, version: version)
        case .execute(let execute): try execute.encode(into: &buffer, version: version)
        case .batch(let batch): try batch.encode(into: &buffer, version: version)
        }
    }
}

/// The part of a request needed to read its response or describe its error.
enum RequestContext: Sendable {
    case query(String)
    case prepare(String)
    case execute(PreparedStatement)
    case batch(first: String?, count: Int)

    init(_ request: Request) {
        switch request {
        case .query(let query): self = .query(query.statement)
        case .prepare(let prepare): self = .prepare(prepare.statement)
        case .execute(let execute): self = .execute(execute.statement)
        case .batch(let batch):
            self = .batch(first: batch.entries.first?.statement, count: batch.entries.count)
        }
    }

    /// The statement as text for people.
    var statement: String? {
        switch self {
        case .query(let statement), .prepare(let statement): statement
        case .execute(let statement): statement.statement
        case .batch(let first?, let count) where count > 1: "\(first); and \(count - 1) more in a batch"
        case .batch(let first, _): first
        }
    }

    var isBatch: Bool {
        guard case .batch = self else { return false }
        return true
    }
}
