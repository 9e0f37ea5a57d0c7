extension ProgramSyntax {
    /// Returns the program's help: summary, commands and exit statuses.
    public func help() -> String {
        var text = HelpText()
        text.paragraph(summary)
        text.section("Usage", ["\(name) COMMAND [ARGUMENTS]", "\(name) COMMAND --help"])
        text.section("Commands", commands.map { ($0.name, $0.summary) })
        text.section(
            "Options",
            [("-h, --help", "show this help, or a command's"), ("--version", "show the version")]
        )
        text.section("Exit status", exitStatuses.map { ("\($0.status)", $0.meaning) })
        return text.text
    }

    /// Returns a command's help: usage, description, options with defaults and allowed values, and examples.
    public func help(of command: CommandSyntax) -> String {
        var text = HelpText()
        var usage = "\(name) \(command.name)"
        for option in command.options where option.isRequired {
            usage += " \(option.spelling) \(option.placeholder ?? "")"
        }
        if command.options.contains(where: { !$0.isRequired }) { usage += " [OPTIONS]" }
        if let positional = command.positional {
            usage += " \(positional.usage)"
        }
        text.section("Usage", [usage])
        text.paragraph(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".")
        for paragraph in command.description { text.paragraph(paragraph) }
        if let positional = command.positional {
            text.section("Arguments", [(positional.placeholder, positional.help)])
        }
        var options = command.options.map(row(of:)) + [("-h, --help", "show this help")]
        if let positional = command.positional {
            options.append(
                ("--", "ends the options, for a \(positional.placeholder) that begins with a dash")
            )
        }
        text.section("Options", options)
        if !command.examples.isEmpty {
            text.heading("Examples")
            for example in command.examples {
                text.lines(["\(example.commandLine)"], indentation: 2)
                text.lines([example.purpose], indentation: 6)
            }
        }
        text.section("Exit status", command.exitStatuses.map { ("\($0.status)", $0.meaning) })
        return text.text
    }

    private func row(of option: OptionSyntax) -> (String, String) {
        var notes: [String] = []
        if option.isRequired { notes.append("required") }
        if let allowed = option.allowed { notes.append(allowed) }
        if let text = option.defaultText { notes.append("default \(text)") }
        return (
            option.spelling + (option.placeholder.map { " \($0)" } ?? ""),
            option.help + (notes.isEmpty ? "" : " [\(notes.joined(separator: "; "))]")
        )
    }
}
