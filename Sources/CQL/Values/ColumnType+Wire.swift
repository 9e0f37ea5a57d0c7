/// The protocol's `[option]`; source: its specification, version 5, section 4.2.5.2.
extension ByteReader {
    mutating func columnType(depth: Int = 0) throws(MalformedBytes) -> ColumnType {
        guard depth < ColumnType.maximumDepth else { throw .nestedTooDeeply }
        let code = try short()
        switch code {
        case 0x0000: return .custom(try string())
        case 0x0001: return .ascii
        case 0x0002: return .bigint
        case 0x0003: return .blob
        case 0x0004: return .boolean
        case 0x0005: return .counter
        case 0x0006: return .decimal
        case 0x0007: return .double
        case 0x0008: return .float
        case 0x0009: return .int
        case 0x000B: return .timestamp
        case 0x000C: return .uuid
        case 0x000D: return .text
        case 0x000E: return .varint
        case 0x000F: return .timeuuid
        case 0x0010: return .inet
        case 0x0011: return .date
        case 0x0012: return .time
        case 0x0013: return .smallint
        case 0x0014: return .tinyint
        case 0x0015: return .duration
        case 0x0020: return .list(try columnType(depth: depth + 1))
        case 0x0021:
            let key = try columnType(depth: depth + 1)
            return .map(key, try columnType(depth: depth + 1))
        case 0x0022: return .set(try columnType(depth: depth + 1))
        case 0x0030: return try userDefinedType(depth)
        case 0x0031: return .tuple(try tupleTypes(depth))
        default: throw .unknown("column type", code)
        }
    }

    private mutating func userDefinedType(_ depth: Int) throws(MalformedBytes) -> ColumnType {
        let keyspace = try string()
        let name = try string()
        let announced = try short()
        var fields: [ColumnType.Field] = []
        for _ in 0..<(try count(announced, ofAtLeast: 4)) {
            let name = try string()
            fields.append(.init(name: name, type: try columnType(depth: depth + 1)))
        }
        return .userDefined(keyspace: keyspace, name: name, fields: fields)
    }

    private mutating func tupleTypes(_ depth: Int) throws(MalformedBytes) -> [ColumnType] {
        let announced = try short()
        var elements: [ColumnType] = []
        for _ in 0..<(try count(announced, ofAtLeast: 2)) {
            elements.append(try columnType(depth: depth + 1))
        }
        return elements
    }
}
