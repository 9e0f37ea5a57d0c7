/// What the parser and the help know of a command.
public struct CommandSyntax: Sendable {
    /// Arguments that are no options.
    public struct Positional: Sendable {
        /// What stands for it in help: `FILE`.
        public let placeholder: String
        /// What it is, beginning in lower case.
        public let help: String
        /// Whether several may be given.
        public let isRepeatable: Bool
        /// Whether at least one has to be given.
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

        /// As usage shows it: `FILE…`, or `[HOURS]` where none has to be given.
        var usage: String {
            let text = placeholder + (isRepeatable ? "…" : "")
            return isRequired ? text : "[\(text)]"
        }
    }

    /// The word by which it is called.
    public let name: String
    /// What it does, in a few words.
    public let summary: String
    /// What it does, in paragraphs.
    public let description: [String]
    /// The arguments that are no options; `nil` where there are none.
    public let positional: Positional?
    /// The options, in the order of help.
    public let options: [OptionSyntax]
    /// Whole command lines, each with a word of what it does.
    public let examples: [(commandLine: String, purpose: String)]
    /// What each exit status means.
    public let exitStatuses: [(status: Int, meaning: String)]

    /// Makes a command of its parts.
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
