/// Reads the protocol's notations from a message's body; nothing is ever read behind its end.
///
/// Source of the notations: the native protocol's specification, version 5, section 3.
struct ByteReader {
    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        precondition(position >= 0 && position <= bytes.count)
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    /// Passes over bytes, and answers where they were.
    mutating func skip(_ count: Int) throws(MalformedBytes) -> Range<Int> {
        guard count >= 0 else { throw .invalidCount(count) }
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return position..<(position + count)
    }

    mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self
    ) throws(MalformedBytes) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard size <= remaining else { throw .truncated }
        defer { position += size }
        let value = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Integer.self)
        return Integer(bigEndian: value)
    }

    /// A `[byte]`.
    mutating func byte() throws(MalformedBytes) -> UInt8 { try integer() }

    /// A `[short]`.
    mutating func short() throws(MalformedBytes) -> Int { Int(try integer(UInt16.self)) }

    /// A `[int]`.
    mutating func int() throws(MalformedBytes) -> Int { Int(try integer(Int32.self)) }

    /// A count of things that take at least `size` bytes each, so that it can be trusted for reserving memory.
    mutating func count(_ count: Int, ofAtLeast size: Int) throws(MalformedBytes) -> Int {
        guard count >= 0 else { throw .invalidCount(count) }
        guard count <= remaining / size else { throw .truncated }
        return count
    }

    /// A `[string]`.
    mutating func string() throws(MalformedBytes) -> String {
        let count = try short()
        return try text(try skip(count))
    }

    /// A `[short bytes]`.
    mutating func shortBytes() throws(MalformedBytes) -> [UInt8] {
        let count = try short()
        return Array(bytes[try skip(count)])
    }

    /// A `[bytes]`, as the place where the bytes are; nil for null.
    mutating func bytesRange() throws(MalformedBytes) -> Range<Int>? {
        let count = try int()
        guard count >= 0 else { return nil }
        return try skip(count)
    }

    /// `[bytes]`; nil for null.
    mutating func byteString() throws(MalformedBytes) -> [UInt8]? {
        try bytesRange().map { Array(bytes[$0]) }
    }

    /// A `[string list]`.
    mutating func stringList() throws(MalformedBytes) -> [String] {
        let announced = try short()
        let count = try count(announced, ofAtLeast: 2)
        var list: [String] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try string()) }
        return list
    }

    /// `[string multimap]`; of a key given twice the last counts.
    mutating func stringMultimap() throws(MalformedBytes) -> [String: [String]] {
        let announced = try short()
        var map: [String: [String]] = [:]
        for _ in 0..<(try count(announced, ofAtLeast: 4)) {
            let key = try string()
            map[key] = try stringList()
        }
        return map
    }

    /// `[bytes map]`; of a key given twice the last counts.
    mutating func bytesMap() throws(MalformedBytes) -> [String: [UInt8]?] {
        let announced = try short()
        var map: [String: [UInt8]?] = [:]
        for _ in 0..<(try count(announced, ofAtLeast: 6)) {
            let key = try string()
            map.updateValue(try byteString(), forKey: key)
        }
        return map
    }

    /// A `[uuid]`.
    mutating func uuid() throws(MalformedBytes) -> UUID {
        let high = try integer(UInt64.self)
        return UUID(high: high, low: try integer())
    }

    /// A `[inetaddr]`.
    mutating func address() throws(MalformedBytes) -> InternetAddress {
        let count = Int(try byte())
        guard let address = InternetAddress(octets: Array(bytes[try skip(count)])) else {
            throw .invalidCount(count)
        }
        return address
    }

    /// A `[inet]`.
    mutating func endpoint() throws(MalformedBytes) -> Endpoint {
        let address = try address()
        let port = try int()
        guard let port = UInt16(exactly: port) else { throw .invalidCount(port) }
        return Endpoint(address: address, port: port)
    }

    /// A `[consistency]`.
    mutating func consistency() throws(MalformedBytes) -> Consistency {
        let code = try integer(UInt16.self)
        guard let consistency = Consistency(rawValue: code) else {
            throw .unknown("consistency level", Int(code))
        }
        return consistency
    }

    private func text(_ range: Range<Int>) throws(MalformedBytes) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw .invalidText }
        return text
    }
}

/// What is wrong with bytes that should hold a message or a value.
enum MalformedBytes: Error, Hashable {
    /// They end before what they announce.
    case truncated
    /// A length or a count that nothing can have.
    case invalidCount(Int)
    /// A string that is not UTF-8.
    case invalidText
    /// A code that the protocol does not have where it stands.
    case unknown(String, Int)
    /// Types within types, deeper than `ColumnType.maximumDepth`.
    case nestedTooDeeply
    /// A result without the description of its columns, where none is known.
    case missingMetadata
    /// A row of another number of columns than the prepared statement has.
    case columnCount(Int, expected: Int)

    var description: String {
        switch self {
        case .truncated: "the bytes end too early"
        case .invalidCount(let count): "\(count) is no valid length"
        case .invalidText: "a string is not UTF-8"
        case .unknown(let what, let code): "\(what) \(code) is unknown"
        case .nestedTooDeeply: "a type nests deeper than \(ColumnType.maximumDepth)"
        case .missingMetadata: "a result does not describe its columns"
        case .columnCount(let count, let expected): "a result has \(count) columns, not \(expected)"
        }
    }
}
