/// Uninterpreted bytes; CQL's `blob`.
public struct Blob: Sendable, Hashable {
    /// The bytes.
    public var bytes: [UInt8]

    /// Creates a value from bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension RawSpan {
    var copied: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}

extension String: ColumnValue {
    /// Accepts `text`, also called `varchar`, and `ascii`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .text, .ascii: true
        default: false
        }
    }

    /// Reads UTF-8.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        let text = unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
        guard let text else { throw .malformed("it is not UTF-8") }
        self = text
    }

    /// Writes UTF-8.
    public func encode(into writer: inout ValueWriter) { writer.append(utf8: self) }
}

extension Blob: ColumnValue {
    /// Accepts `blob`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .blob: true
        default: false
        }
    }

    /// Copies the bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) { self.init(bytes.copied) }

    /// Writes the bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bytes) }
}

extension UUID: ColumnValue {
    /// Accepts `uuid` and `timeuuid`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .uuid, .timeuuid: true
        default: false
        }
    }

    /// Reads sixteen bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        guard bytes.byteCount == 16 else { throw .malformed("\(bytes.byteCount) bytes instead of 16") }
        self.init(high: try integer(bytes.extracting(0..<8)), low: try integer(bytes.extracting(8..<16)))
    }

    /// Writes sixteen bytes.
    public func encode(into writer: inout ValueWriter) {
        writer.append(bigEndian: high)
        writer.append(bigEndian: low)
    }
}

extension InternetAddress: ColumnValue {
    /// Accepts `inet`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .inet: true
        default: false
        }
    }

    /// Reads four or sixteen bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        guard let address = InternetAddress(octets: bytes.copied) else {
            throw .malformed("\(bytes.byteCount) bytes instead of 4 or 16")
        }
        self = address
    }

    /// Writes four or sixteen bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(octets) }
}
