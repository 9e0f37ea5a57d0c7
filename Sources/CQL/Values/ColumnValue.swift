/// A type whose values are bound to variables and read from columns.
///
/// `Optional` conforms, and stands for null; not binding a variable at all is `BoundValues.appendUnset()`.
/// Source of the forms: the native protocol's specification, version 5, section 5.
public protocol ColumnValue: Sendable {
    /// Whether values of a CQL type are read into this type, and bound from it.
    static func accepts(_ type: ColumnType) -> Bool

    /// What stands for null; nil where null is a fault, as it is unless said otherwise.
    static var nullValue: Self? { get }

    /// Whether the value is null.
    var isNull: Bool { get }

    /// Reads a value that is not null, of a type that is accepted.
    ///
    /// Throws where the bytes are no such value.
    init(column bytes: RawSpan, type: ColumnType) throws(ValueFault)

    /// Writes a value that is not null, without its length.
    func encode(into writer: inout ValueWriter)
}

extension ColumnValue {
    /// Nothing: null is a fault.
    public static var nullValue: Self? { nil }

    /// False.
    public var isNull: Bool { false }
}

/// What is wrong with a column that was asked for.
public enum ValueFault: Error, Sendable, Hashable {
    /// It is null, and the type asked for has nothing that stands for it.
    case null
    /// It has another type than the one asked for.
    case wrongType(ColumnType, asked: String)
    /// Its bytes are no value of its type.
    case malformed(String)
    /// The result has no such column.
    case noSuchColumn
}

extension ValueFault: CustomStringConvertible {
    /// The fault for a person to read.
    public var description: String {
        switch self {
        case .null: "it is null"
        case .wrongType(let type, let asked): "it is of type \(type), which is not read as \(asked)"
        case .malformed(let what): "its bytes are no value of its type: \(what)"
        case .noSuchColumn: "there is no such column"
        }
    }
}
