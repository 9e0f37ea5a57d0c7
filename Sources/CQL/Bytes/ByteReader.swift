/// Reads the protocol's notations from the body of a message; never reads past its end.
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

    /// Skips `count` bytes and returns their range.
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

    /// Reads a `[byte]`.
    mutating func byte() throws(MalformedBytes) -> UInt8 { try integer() }

    /// Reads a `[short]`.
    mutating func short() throws(MalformedBytes) -> Int { Int(try integer(UInt16.self)) }

    /// Reads an `[int]`.
    mutating func int() throws(MalformedBytes) -> Int { Int(try integer(Int32.self)) }

    /// Returns `count` if that many items of at least `size` bytes can follow, so it is safe to reserve memory for
    /// them.
    mutating func count(_ count: Int, ofAtLeast size: Int) throws(MalformedBytes) -> Int {
        guard count >= 0 else { throw .invalidCount(count) }
        guard count <= remaining / size else { throw .truncated }
        return count
    }

    /// Reads a `[string]`.
    mutating func string() throws(MalformedBytes) -> String {
        let count = try short()
        return try text(try skip(count))
    }

    /// Reads a `[short bytes]`.
    mutating func shortBytes() throws(MalformedBytes) -> [UInt8] {
        let count = try short()
        return Array(bytes[try skip(count)])
    }

    /// Reads a `[bytes]` and returns its range; nil for null.
    mutating func bytesRange() throws(MalformedBytes) -> Range<Int>? {
        let count = try int()
        guard count >= 0 else { return nil }
        return try skip(count)
    }

    /// Reads a `[bytes]`; nil for null.
    mutating func byteString() throws(MalformedBytes) -> [UInt8]? {
        try bytesRange().map { Array(bytes[$0]) }
    }

    /// Reads a `[string list]`.
    mutating func stringList() throws(MalformedBytes) -> [String] {
        let announced = try short()
        let count = try count(announced, ofAtLeast: 2)
        var list: [String] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try string()) }
        return list
    }

    /// Reads a `[string multimap]`; the last value of a repeated key wins.
    mutating func stringMultimap() throws(MalformedBytes) -> [String: [String]] {
        let announced = try short()
        var map: [String: [String]] = [:]
        for _ in 0..<(try count(announced, ofAtLeast: 4)) {
            let key = try string()
            map[key] = try stringList()
        }
        return map
    }

    /// Reads a `[bytes map]`; the last value of a repeated key wins.
    mutating func bytesMap() throws(MalformedBytes) -> [String: [UInt8]?] {
        let announced = try short()
        var map: [String: [UInt8]?] = [:]
        for _ in 0..<(try count(announced, ofAtLeast: 6)) {
            let key = try string()
            map.updateValue(try byteString(), forKey: key)
        }
        return map
    }

    /// Reads a `[uuid]`.
    mutating func uuid() throws(MalformedBytes) -> UUID {
        let high = try integer(UInt64.self)
        return UUID(high: high, low: try integer())
    }

    /// Reads an `[inetaddr]`.
    mutating func address() throws(MalformedBytes) -> InternetAddress {
        let count = Int(try byte())
        guard let address = InternetAddress(octets: Array(bytes[try skip(count)])) else {
            throw .invalidCount(count)
        }
        return address
    }

    /// Reads an `[inet]`.
    mutating func endpoint() throws(MalformedBytes) -> Endpoint {
        let address = try address()
        let port = try int()
        guard let port = UInt16(exactly: port) else { throw .invalidCount(port) }
        return Endpoint(address: address, port: port)
    }

    /// Reads a `[consistency]`.
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

/// Why bytes do not hold the message or value they should.
enum MalformedBytes: Error, Hashable {
    /// The bytes end before the announced length.
    case truncated
    /// An impossible length or count.
    case invalidCount(Int)
    /// A string that is not UTF-8.
    case invalidText
    /// A code that the protocol does not define in this place.
    case unknown(String, Int)
    /// Types nested deeper than `ColumnType.maximumDepth`.
    case nestedTooDeeply
    /// A result without column metadata when none is known from preparing.
    case missingMetadata
    /// A result whose number of columns differs from the prepared statement's.
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
