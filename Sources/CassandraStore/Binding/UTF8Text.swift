internal import CQL

/// A text as the store holds it, in bytes: ids go to the cluster and come back without becoming a `String`.
struct UTF8Text: ColumnValue {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func accepts(_ type: ColumnType) -> Bool { String.accepts(type) }

    init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.bytes = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }

    func encode(into writer: inout ValueWriter) { writer.append(bytes) }
}
