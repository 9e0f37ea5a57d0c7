/// What a command line asks for.
public enum Invocation: Sendable {
    /// Print this help on standard output.
    case help(String)
    /// Print the program's version on standard output.
    case version
    /// Run a command.
    case run(command: String, ParsedArguments)
}

/// The arguments of one command, all valid.
public struct ParsedArguments: Sendable {
    /// The arguments that are not options, in order.
    public internal(set) var positionals: [String] = []
    /// The values of options as written, by the option's name.
    public internal(set) var texts: [String: String] = [:]
    var values: [String: any Sendable] = [:]

    /// The option's value, or its default.
    ///
    /// The option must be one of the command's; anything else is a bug in the program.
    public subscript<Value>(option: Option<Value>) -> Value {
        if let value = values[option.syntax.name] as? Value { return value }
        guard let fallback = option.fallback else {
            preconditionFailure("\(option.syntax.spelling) is no option of the command")
        }
        return fallback
    }

    /// Returns whether the option was given.
    public func contains<Value>(_ option: Option<Value>) -> Bool {
        values[option.syntax.name] != nil
    }
}
