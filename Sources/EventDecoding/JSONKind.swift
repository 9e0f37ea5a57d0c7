/// The types of JSON values, and `absent`; the raw values are those of the C interface.
enum JSONKind: UInt8, CustomStringConvertible {
    case absent = 0
    case null = 1
    case `true` = 2
    case `false` = 3
    case number = 4
    case string = 5
    case array = 6
    case object = 7

    /// The type as a message names it.
    var description: String {
        switch self {
        case .absent: "nothing"
        case .null: "null"
        case .true: "true"
        case .false: "false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
