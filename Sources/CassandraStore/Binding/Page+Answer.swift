internal import CQL

extension Page {
    /// Reads the page of a response; a write's has no rows.
    ///
    /// - Throws: An error that names the column whose bytes are not a value of its type.
    init(_ answer: Answer) throws(CQLError) {
        guard let found = answer.rows else { return }
        next = found.pagingState.map(PagingState.init(bytes:))
        let columns = Columns(found.metadata)
        rows.reserveCapacity(found.count)
        for row in found { rows.append(try columns.read(row)) }
    }

    /// The columns of a response, from a given one to the last.
    struct Columns {
        private let first: Int
        private let readers: [ColumnReader]

        init(_ metadata: ResultMetadata, from first: Int = 0) {
            self.first = first
            readers = metadata.columns.dropFirst(first).map { ColumnReader($0.type) }
        }

        /// Returns a row's values.
        func read(_ row: CQL.Row) throws(CQLError) -> [Value] {
            var values: [Value] = []
            values.reserveCapacity(readers.count)
            for index in readers.indices { values.append(try readers[index].read(row, first + index)) }
            return values
        }
    }

    /// Reads the outcome of a conditional batch; if it was not applied, the row holds the existing value, if selected.
    ///
    /// - Throws: An error if the response has no outcome.
    init(verdict answer: Answer) throws(CQLError) {
        guard let row = answer.rows?.first else {
            throw CQLError(
                .protocolViolation("a conditional batch was answered without its outcome"),
                execution: .mayHaveExecuted
            )
        }
        isApplied = try row.value("[applied]", as: Bool.self)
        if !isApplied, let known = try? row.value("value", as: UTF8Text?.self) {
            rows = [[.text(known.bytes)]]
        }
    }
}

/// How a column of a response is converted to a `Value`.
private enum ColumnReader {
    case bigint
    case timestamp
    case int
    case text
    case blob
    case boolean
    case map
    case other

    init(_ type: ColumnType) {
        self =
            switch type {
            case .bigint, .counter: .bigint
            case .timestamp: .timestamp
            case .int: .int
            case .text, .ascii: .text
            case .blob: .blob
            case .boolean: .boolean
            case .map(.blob, .bigint): .map
            default: .other
            }
    }

    func read(_ row: CQL.Row, _ index: Int) throws(CQLError) -> Value {
        if row.isNull(at: index) { return .null }
        switch self {
        case .bigint: return .bigint(try row.value(at: index))
        case .timestamp:
            return .bigint(try row.value(at: index, as: MillisecondTimestamp.self).milliseconds)
        case .int: return .int(try row.value(at: index))
        case .text: return .text(try row.value(at: index, as: UTF8Text.self).bytes)
        case .blob: return .blob(try row.value(at: index, as: Blob.self).bytes)
        case .boolean: return .boolean(try row.value(at: index))
        case .map:
            let map = try row.value(at: index, as: MapEntries<Blob, Int64>.self)
            return .map(map.entries.map { Value.MapEntry(key: $0.first.bytes, value: $0.second) })
        case .other:
            let column = row.metadata.columns[index]
            throw CQLError(
                .column(column.name, .wrongType(column.type, asked: "a value of the store")),
                execution: .executed
            )
        }
    }
}
