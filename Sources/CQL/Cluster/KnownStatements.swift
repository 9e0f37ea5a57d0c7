/// How one node knows prepared statements, if it differs from what callers hold.
///
/// Callers hold one node's response, in one version of the protocol. Another version describes results differently,
/// columns change, and nodes of different releases may assign different ids. Used on its loop's thread only.
struct KnownStatements {
    /// A statement by its caller's id, in a version of the protocol.
    struct Key: Hashable {
        var id: [UInt8]
        var version: ProtocolVersion
    }

    /// A request in the form that the node needs.
    enum Form {
        case ready(Request)
        /// The node must prepare this statement first.
        case unprepared(PreparedStatement)
    }

    /// The most statements remembered; then all are forgotten, and nodes report changes again.
    static let maximumCount = 4_096

    private var statements: [Key: PreparedStatement] = [:]
    private var hasOtherIDs = false

    var count: Int { statements.count }

    /// Returns the statement as the node knows it.
    func known(_ statement: PreparedStatement, _ version: ProtocolVersion) -> PreparedStatement {
        guard !statements.isEmpty else { return statement }
        return statements[Key(id: statement.id, version: version)] ?? statement
    }

    /// Remembers what the node has just returned for a caller's statement.
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

    /// Returns a caller's request as it must be sent in a version of the protocol.
    func form(of request: Request, _ version: ProtocolVersion) -> Form {
        switch request {
        case .query, .prepare: return .ready(request)
        case .execute(var execute):
            let own = known(execute.statement, version)
            // Version 4 did not return the id that version 5 must send.
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

    /// Returns the caller's statement that the node knows by `id`; nil if the request does not contain it.
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
    /// Returns whether values bound to one statement mean the same for the other.
    func takesValues(of other: PreparedStatement) -> Bool {
        variables == other.variables && partitionKey == other.partitionKey
    }
}
