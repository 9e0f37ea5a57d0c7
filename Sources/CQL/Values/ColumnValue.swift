/// A type whose values can be bound to variables and read from columns.
///
/// `Optional` conforms and represents null; to leave a variable unbound, use `BoundValues.appendUnset()`. Source of the
/// encodings: the native protocol's specification, version 5, section 5.
public protocol ColumnValue: Sendable {
    /// Returns whether values of a CQL type can be read into this type and bound from it.
    static func accepts(_ type: ColumnType) -> Bool

    /// The value that represents null; nil, the default, if null is an error.
    static var nullValue: Self? { get }

    /// Whether the value is null.
    var isNull: Bool { get }

    /// Reads a non-null value of an accepted type.
    ///
    /// Throws if the bytes are not such a value.
    init(column bytes: RawSpan, type: ColumnType) throws(ValueFault)

    /// Writes a non-null value, without its length.
    func encode(into writer: inout ValueWriter)
}

extension ColumnValue {
    /// Nil: null is an error.
    public static var nullValue: Self? { nil }

    /// False.
    public var isNull: Bool { false }
}

/// Why a column could not be read.
public enum ValueFault: Error, Sendable, Hashable {
    /// The column is null, and the requested type cannot represent that.
    case null
    /// The column's type is not accepted by the requested one.
    case wrongType(ColumnType, asked: String)
    /// The bytes are not a value of the column's type.
    case malformed(String)
    /// The result has no such column.
    case noSuchColumn
}

extension ValueFault: CustomStringConvertible {
    /// The fault as text for people.
    public var description: String {
        switch self {
        case .null: "it is null"
        case .wrongType(let type, let asked): "it is of type \(type), which is not read as \(asked)"
        case .malformed(let what): "its bytes are no value of its type: \(what)"
        case .noSuchColumn: "there is no such column"
        }
    }
}
