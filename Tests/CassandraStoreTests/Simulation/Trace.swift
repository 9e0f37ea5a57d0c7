@testable import CassandraStore

/// Short forms for traces.
enum Trace {
    static func describe(_ write: RowWrite) -> String {
        let cells = write.cells.map { "\($0.key.column)=\(describe($0.value))" }.sorted()
        return "\(write.deletes ? "-" : "+")\(write.key.partition.table)"
            + "\((write.key.partition.key + write.key.clustering).map(describe))@\(write.timestamp) \(cells)"
    }

    static func describe(_ value: Value) -> String {
        switch value {
        case .bigint(let number): "\(number)"
        case .int(let number): "\(number)"
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .blob(let bytes): bytes.prefix(6).map { String($0, radix: 16) }.joined()
        default: "\(value)"
        }
    }
}
