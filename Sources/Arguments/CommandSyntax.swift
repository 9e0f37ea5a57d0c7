/// The syntax and help texts of a command.
public struct CommandSyntax: Sendable {
    /// The arguments that are not options.
    public struct Positional: Sendable {
        /// The placeholder in help: `FILE`.
        public let placeholder: String
        /// The meaning, beginning in lower case.
        public let help: String
        /// Whether more than one is allowed.
        public let isRepeatable: Bool
        /// Whether at least one is required.
        public let isRequired: Bool

        /// Makes a positional argument.
        public init(
            _ placeholder: String,
            isRepeatable: Bool = false,
            isRequired: Bool = true,
            help: String
        ) {
            self.placeholder = placeholder
            self.help = help
            self.isRepeatable = isRepeatable
            self.isRequired = isRequired
        }

        /// The form in usage: `FILE…`, or `[HOURS]` if it is optional.
        var usage: String {
            let text = placeholder + (isRepeatable ? "…" : "")
            return isRequired ? text : "[\(text)]"
        }
    }

    /// The name of the command.
    public let name: String
    /// What the command does, in a few words.
    public let summary: String
    /// What the command does, in paragraphs.
    public let description: [String]
    /// The arguments that are not options, or `nil`.
    public let positional: Positional?
    /// The options, in the order of help.
    public let options: [OptionSyntax]
    /// Complete command lines, each with its purpose.
    public let examples: [(commandLine: String, purpose: String)]
    /// The meaning of each exit status.
    public let exitStatuses: [(status: Int, meaning: String)]

    /// Makes a command from its parts.
    public init(
        _ name: String,
        summary: String,
        description: [String] = [],
        positional: Positional? = nil,
        options: [OptionSyntax] = [],
        examples: [(commandLine: String, purpose: String)] = [],
        exitStatuses: [(status: Int, meaning: String)] = [(0, "success"), (1, "failure"), (2, "wrong usage")]
    ) {
        self.name = name
        self.summary = summary
        self.description = description
        self.positional = positional
        self.options = options
        self.examples = examples
        self.exitStatuses = exitStatuses
    }
}
