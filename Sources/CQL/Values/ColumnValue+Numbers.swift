/// Milliseconds since 1970 in UTC; CQL's `timestamp`.
public struct MillisecondTimestamp: Sendable, Hashable {
    /// The milliseconds; negative before 1970.
    public var milliseconds: Int64

    /// Creates a timestamp.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }
}

/// Reads an integer that takes up all of `bytes`.
func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan,
    as type: Integer.Type = Integer.self
) throws(ValueFault) -> Integer {
    guard bytes.byteCount == MemoryLayout<Integer>.size else {
        throw .malformed("\(bytes.byteCount) bytes instead of \(MemoryLayout<Integer>.size)")
    }
    return Integer(bigEndian: unsafe bytes.unsafeLoadUnaligned(as: Integer.self))
}

extension Int64: ColumnValue {
    /// Accepts `bigint` and `counter`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .bigint, .counter: true
        default: false
        }
    }

    /// Reads eight bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) { self = try integer(bytes) }

    /// Writes eight bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: self) }
}

extension Int32: ColumnValue {
    /// Accepts `int`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .int: true
        default: false
        }
    }

    /// Reads four bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) { self = try integer(bytes) }

    /// Writes four bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: self) }
}

extension Int16: ColumnValue {
    /// Accepts `smallint`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .smallint: true
        default: false
        }
    }

    /// Reads two bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) { self = try integer(bytes) }

    /// Writes two bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: self) }
}

extension Int8: ColumnValue {
    /// Accepts `tinyint`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .tinyint: true
        default: false
        }
    }

    /// Reads a byte.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) { self = try integer(bytes) }

    /// Writes a byte.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: self) }
}

extension Bool: ColumnValue {
    /// Accepts `boolean`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .boolean: true
        default: false
        }
    }

    /// Reads a byte; any value but 0 is true.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self = try integer(bytes, as: UInt8.self) != 0
    }

    /// Writes 1 or 0.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: UInt8(self ? 1 : 0)) }
}

extension Double: ColumnValue {
    /// Accepts `double`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .double: true
        default: false
        }
    }

    /// Reads eight bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.init(bitPattern: try integer(bytes))
    }

    /// Writes eight bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: bitPattern) }
}

extension Float: ColumnValue {
    /// Accepts `float`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .float: true
        default: false
        }
    }

    /// Reads four bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.init(bitPattern: try integer(bytes))
    }

    /// Writes four bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: bitPattern) }
}

extension MillisecondTimestamp: ColumnValue {
    /// Accepts `timestamp`.
    public static func accepts(_ type: ColumnType) -> Bool {
        switch type {
        case .timestamp: true
        default: false
        }
    }

    /// Reads eight bytes.
    public init(column bytes: RawSpan, type: ColumnType) throws(ValueFault) {
        self.init(milliseconds: try integer(bytes))
    }

    /// Writes eight bytes.
    public func encode(into writer: inout ValueWriter) { writer.append(bigEndian: milliseconds) }
}
