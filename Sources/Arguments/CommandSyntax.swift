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

        /// Makes a positional argument, of which at least one has to be given.
        public init(_ placeholder: String, isRepeatable: Bool = false, help: String) {
            self.placeholder = placeholder
            self.help = help
            self.isRepeatable = isRepeatable
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

    /// Makes a command of its parts.
    public init(
        _ name: String,
        summary: String,
        description: [String] = [],
        positional: Positional? = nil,
        options: [OptionSyntax] = [],
        examples: [(commandLine: String, purpose: String)] = []
    ) {
        self.name = name
        self.summary = summary
        self.description = description
        self.positional = positional
        self.options = options
        self.examples = examples
    }
}
