internal import Text

/// An option of a command; it is the key to its value in the parsed arguments.
///
/// A one-letter name is written `-n`, a longer one `--name`.
public struct Option<Value: Sendable>: Sendable {
    /// The option without the type of its value, for a command's list.
    public let syntax: OptionSyntax
    /// The value if the option is not given; `nil` if it is required.
    let fallback: Value?

    /// Makes an option with a default; help shows `shown` or else the default's description.
    public init(
        _ name: String,
        _ format: ValueFormat<Value>,
        default fallback: Value,
        shown: String? = nil,
        help: String
    ) {
        self.init(
            name,
            format,
            fallback: fallback,
            defaultText: shown ?? String(describing: fallback),
            help: help
        )
    }

    private init<Read: Sendable>(
        _ name: String,
        _ format: ValueFormat<Read>,
        fallback: Value?,
        defaultText: String?,
        help: String
    ) {
        syntax = OptionSyntax(
            name: name,
            placeholder: format.placeholder,
            help: help,
            allowed: format.allowed,
            defaultText: defaultText,
            isRequired: fallback == nil
        ) { (text) throws(InvalidValue) in try format.read(text) }
        self.fallback = fallback
    }

    /// Returns an option that is required.
    public static func required(_ name: String, _ format: ValueFormat<Value>, help: String) -> Option {
        Option(name, format, fallback: nil, defaultText: nil, help: help)
    }

    /// Returns an option whose value is `nil` if it is not given.
    public static func optional<Wrapped: Sendable>(
        _ name: String,
        _ format: ValueFormat<Wrapped>,
        shown: String? = nil,
        help: String
    ) -> Option where Value == Wrapped? {
        Option(name, format, fallback: .some(nil), defaultText: shown, help: help)
    }
}

extension Option<Bool> {
    /// Returns an option without a value: true if it is given.
    public static func flag(_ name: String, help: String) -> Option {
        Option(flag: name, help: help)
    }

    private init(flag name: String, help: String) {
        syntax = OptionSyntax(
            name: name,
            placeholder: nil,
            help: help,
            allowed: nil,
            defaultText: nil,
            isRequired: false
        ) { _ in true }
        fallback = false
    }
}
