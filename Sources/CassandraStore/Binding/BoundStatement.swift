internal import CQL

/// A prepared statement with its values.
struct BoundStatement: Sendable {
    var statement: PreparedStatement
    var values: BoundValues
}

extension BoundStatement {
    /// Binds a statement's values to its prepared form.
    init(_ statement: Statement, _ prepared: PreparedStatement) throws(CQLError) {
        self.init(statement: prepared, values: try BoundValues(statement, for: prepared))
    }
}

extension BoundValues {
    /// The bytes reserved for values: enough for two ids and a few numbers.
    private static let usualBytes = 192

    /// Encodes the values of a statement of the store for its prepared form.
    ///
    /// - Throws: An error if a value is null, which would delete a column.
    init(_ statement: Statement, for prepared: PreparedStatement) throws(CQLError) {
        self.init(for: prepared)
        reserve(bytes: BoundValues.usualBytes)
        for (index, value) in statement.values.enumerated() {
            switch value {
            case .bigint(let number):
                if prepared.isTimestamp(index) {
                    append(MillisecondTimestamp(milliseconds: number))
                } else {
                    append(number)
                }
            case .int(let number): append(number)
            case .text(let bytes): append(UTF8Text(bytes))
            case .blob(let bytes): append(Blob(bytes))
            case .boolean(let isTrue): append(isTrue)
            case .texts(let texts): append(texts.map { UTF8Text($0) })
            case .unitKeys(let keys): append(keys.map { Pair($0.tier, $0.unit) })
            case .map(let entries):
                append(MapEntries(entries.map { Pair(Blob($0.key), $0.value) }))
            case .null:
                throw CQLError(
                    .invalidRequest("value \(index) of the statement is null"),
                    execution: .notExecuted,
                    statement: prepared.statement
                )
            }
        }
    }
}

extension PreparedStatement {
    /// Whether a variable is a CQL timestamp, which counts milliseconds.
    fileprivate func isTimestamp(_ index: Int) -> Bool {
        index < variables.count && variables[index].type == .timestamp
    }
}
