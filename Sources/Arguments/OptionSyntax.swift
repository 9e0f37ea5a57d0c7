internal import Text

/// The syntax and help texts of an option.
public struct OptionSyntax: Sendable {
    /// The name without dashes.
    public let name: String
    /// The value's placeholder in help; `nil` for an option without a value.
    public let placeholder: String?
    /// What the option does, beginning in lower case.
    public let help: String
    /// The allowed values, as help shows them.
    public let allowed: String?
    /// The default, as help shows it.
    public let defaultText: String?
    /// Whether the option must be given.
    public let isRequired: Bool
    let read: @Sendable (String) throws(InvalidValue) -> any Sendable

    /// The name with its dashes.
    public var spelling: String {
        name.count == 1 ? "-\(name)" : "--\(name)"
    }

    /// Makes an option whose value is any text, which the caller validates.
    public init(name: String, placeholder: String, help: String, allowed: String?, defaultText: String?) {
        self.init(
            name: name,
            placeholder: placeholder,
            help: help,
            allowed: allowed,
            defaultText: defaultText,
            isRequired: false
        ) { $0 }
    }

    init(
        name: String,
        placeholder: String?,
        help: String,
        allowed: String?,
        defaultText: String?,
        isRequired: Bool,
        read: @escaping @Sendable (String) throws(InvalidValue) -> any Sendable
    ) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        self.allowed = allowed
        self.defaultText = defaultText
        self.isRequired = isRequired
        self.read = read
    }
}
