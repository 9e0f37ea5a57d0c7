internal import Text

/// An option of a command, by which its value is asked for once the arguments are parsed.
///
/// A name of one letter is written `-n`, a longer one `--name`.
public struct Option<Value: Sendable>: Sendable {
    /// The option without the type of its value, for a command's list.
    public let syntax: OptionSyntax
    /// What the value is where the option is not given; `nil` where it has to be.
    let fallback: Value?

    /// An option with a default, which help shows as it would be written.
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

    /// An option that has to be given.
    public static func required(_ name: String, _ format: ValueFormat<Value>, help: String) -> Option {
        Option(name, format, fallback: nil, defaultText: nil, help: help)
    }

    /// An option that has no value where it is not given.
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
    /// An option without a value: true where it is given.
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
