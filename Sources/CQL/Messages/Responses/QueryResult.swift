/// RESULT: the result of a request.
///
/// Source: the native protocol's specification, version 5, section 4.2.5.
public enum QueryResult: Sendable {
    /// The request succeeded without a result.
    case void
    /// A page of rows.
    case rows(Rows)
    /// The keyspace that the connection uses now.
    case keyspace(String)
    /// A statement was prepared.
    case prepared(PreparedStatement)
    /// The schema has changed.
    case schemaChange(SchemaChange)

    /// The `[int]` kind of a void result.
    static let voidKind: Int32 = 0x0001

    init(
        from reader: inout ByteReader,
        version: ProtocolVersion,
        context: RequestContext
    ) throws(MalformedBytes) {
        let kind = try reader.integer(Int32.self)
        switch kind {
        case QueryResult.voidKind: self = .void
        case 0x0002:
            var known: ResultMetadata?
            if case .execute(let statement) = context { known = statement.resultMetadata }
            self = .rows(try Rows(from: &reader, known: known))
        case 0x0003: self = .keyspace(try reader.string())
        case 0x0004:
            let statement = context.statement ?? ""
            self = .prepared(try PreparedStatement(from: &reader, version: version, statement: statement))
        case 0x0005: self = .schemaChange(try SchemaChange(from: &reader))
        default: throw .unknown("result", Int(kind))
        }
    }
}
