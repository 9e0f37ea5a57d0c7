/// A value of a statement or a row, in the types that the schema uses.
enum Value: Hashable, Sendable {
    /// A `bigint`, or a `timestamp` in milliseconds.
    case bigint(Int64)
    case int(Int32)
    /// UTF-8.
    case text([UInt8])
    case blob([UInt8])
    case boolean(Bool)
    /// A list of texts, for `IN`.
    case texts([[UInt8]])
    /// A list of keys of a month's rows, for `IN`.
    case unitKeys([UnitKey])
    /// `map<blob, bigint>`, in key order.
    case map([MapEntry])
    /// A column without a value; only in rows, never bound.
    case null

    struct MapEntry: Hashable, Sendable {
        var key: [UInt8]
        var value: Int64
    }

    /// The key of a month's row: `tuple<int, bigint>`.
    struct UnitKey: Hashable, Sendable {
        /// The tier's raw value.
        var tier: Int32
        /// The unit's number in the tier.
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

    /// The entries of a map; empty for a column without a value.
    var entries: [MapEntry] {
        if case .map(let entries) = self { return entries }
        return []
    }
}

/// A row of a response: the selected columns in order.
typealias Row = [Value]
