/// A value of a statement or of a row, in the types that the schema uses.
enum Value: Hashable, Sendable {
    /// A 64-bit number: `bigint`, and `timestamp` in milliseconds.
    case bigint(Int64)
    /// A 32-bit number.
    case int(Int32)
    /// UTF-8.
    case text([UInt8])
    /// Bytes.
    case blob([UInt8])
    /// A truth value.
    case boolean(Bool)
    /// A list of texts, for `IN`.
    case texts([[UInt8]])
    /// A list of keys of a bucket's rows, for `IN`.
    case unitKeys([UnitKey])
    /// `map<blob, bigint>`, in the order of the keys.
    case map([MapEntry])
    /// A column without a value; rows only, never bound.
    case null

    /// An entry of a map.
    struct MapEntry: Hashable, Sendable {
        /// The key.
        var key: [UInt8]
        /// The value.
        var value: Int64
    }

    /// The key of a bucket's rows: `tuple<int, bigint>`.
    struct UnitKey: Hashable, Sendable {
        /// The tier's number.
        var tier: Int32
        /// The unit's number in it.
        var unit: Int64
    }

    /// The number of a `bigint` or an `int`, else `nil`.
    var number: Int64? {
        switch self {
        case .bigint(let number): number
        case .int(let number): Int64(number)
        default: nil
        }
    }

    /// The bytes of a text or a blob, else `nil`.
    var bytes: [UInt8]? {
        switch self {
        case .text(let bytes), .blob(let bytes): bytes
        default: nil
        }
    }

    /// The entries of a map, and none for a column without a value.
    var entries: [MapEntry] {
        if case .map(let entries) = self { return entries }
        return []
    }
}

/// A row of an answer: the selected columns in order.
typealias Row = [Value]
