/// What one node knows prepared statements as, where that is not what their callers were told.
///
/// Callers were told by one node, in one version of the protocol. Another version describes results otherwise, columns
/// change, and nodes of different releases may give one statement different ids. Used on its loop's thread only.
struct KnownStatements {
    /// A statement, by the id that its caller has, in a version of the protocol.
    struct Key: Hashable {
        var id: [UInt8]
        var version: ProtocolVersion
    }

    /// A request as the node has to get it.
    enum Form {
        case ready(Request)
        /// The node has to be told this statement first.
        case unprepared(PreparedStatement)
    }

    /// More are not remembered: they are forgotten together, and nodes say again what has changed.
    static let maximumCount = 4_096

    private var statements: [Key: PreparedStatement] = [:]
    private var hasOtherIDs = false

    var count: Int { statements.count }

    /// What the node knows a caller's statement as.
    func known(_ statement: PreparedStatement, _ version: ProtocolVersion) -> PreparedStatement {
        guard !statements.isEmpty else { return statement }
        return statements[Key(id: statement.id, version: version)] ?? statement
    }

    /// Remembers what the node has just said of a caller's statement.
    mutating func remember(
        _ known: PreparedStatement,
        for statement: PreparedStatement,
        _ version: ProtocolVersion
    ) {
        let key = Key(id: statement.id, version: version)
        let isNews =
            known.id != statement.id
            || version >= .v5 && known.resultMetadataID != statement.resultMetadataID
        guard isNews || statements[key] != nil else { return }
        if statements.count >= Self.maximumCount, statements[key] == nil {
            statements = [:]
            hasOtherIDs = false
        }
        statements[key] = known
        if known.id != statement.id { hasOtherIDs = true }
    }

    /// A caller's request as it is sent in a version of the protocol.
    func form(of request: Request, _ version: ProtocolVersion) -> Form {
        switch request {
        case .query, .prepare: return .ready(request)
        case .execute(var execute):
            let own = known(execute.statement, version)
            // Version 4 did not say what version 5 has to send.
            if version >= .v5, own.resultMetadataID == nil { return .unprepared(execute.statement) }
            guard own !== execute.statement else { return .ready(request) }
            execute.statement = own
            return .ready(.execute(execute))
        case .batch(var batch):
            guard hasOtherIDs else { return .ready(request) }
            batch.entries = batch.entries.map { entry in
                guard case .prepared(let statement, let values) = entry else { return entry }
                return .prepared(known(statement, version), values)
            }
            return .ready(.batch(batch))
        }
    }

    /// The caller's statement of a request that the node knows by an id; nil where the request has none.
    func statement(of request: Request, id: [UInt8], _ version: ProtocolVersion) -> PreparedStatement? {
        switch request {
        case .execute(let execute):
            return known(execute.statement, version).id == id ? execute.statement : nil
        case .batch(let batch):
            for case .prepared(let statement, _) in batch.entries where known(statement, version).id == id {
                return statement
            }
            return nil
        case .query, .prepare: return nil
        }
    }
}

extension PreparedStatement {
    /// Whether values that were bound to one statement mean the same to the other.
    func takesValues(of other: PreparedStatement) -> Bool {
        variables == other.variables && partitionKey == other.partitionKey
    }
}
