internal import Text

extension CommandSyntax {
    /// Parses the arguments after the command's name.
    ///
    /// `--name VALUE`, `--name=VALUE`, `-n VALUE` and `-nVALUE` set an option; `--` ends the options; `-` is a
    /// positional argument. A value that begins with `--`, or is an option of the command, needs the `=`.
    func parse(_ arguments: [String]) throws(UsageError) -> ParsedArguments {
        var parsed = ParsedArguments()
        var remaining = arguments[...]
        while let argument = remaining.popFirst() {
            if argument == "--" {
                parsed.positionals += remaining
                break
            }
            if argument.hasPrefix("-"), argument != "-" {
                try parseOption(argument, &remaining, &parsed)
            } else {
                parsed.positionals.append(argument)
            }
        }
        for option in options where option.isRequired && parsed.values[option.name] == nil {
            throw error("\(option.spelling) is missing")
        }
        try checkPositionals(parsed.positionals)
        return parsed
    }

    private func parseOption(
        _ argument: String,
        _ remaining: inout ArraySlice<String>,
        _ parsed: inout ParsedArguments
    ) throws(UsageError) {
        let (option, attached) = try option(in: argument)
        guard parsed.values[option.name] == nil else { throw error("\(option.spelling) is given twice") }
        let text: String
        if option.placeholder == nil {
            guard attached == nil else { throw error("\(option.spelling) takes no value") }
            text = ""
        } else if let attached {
            text = attached
        } else if let next = remaining.first, isValue(next) {
            text = remaining.removeFirst()
        } else {
            throw error("\(option.spelling) needs a value: \(option.spelling) \(option.placeholder ?? "")")
        }
        do {
            parsed.values[option.name] = try option.read(text)
        } catch {
            // An id such as -n7Kd looks like an option and its value.
            let hint = isLetterAndValue(argument, option) ? dashHint(for: argument).map { "; a \($0)" } : nil
            throw self.error("\(option.spelling) \(quoted(text)): \(error.reason)\(hint ?? "")")
        }
        parsed.texts[option.name] = text
    }

    /// Returns the option that an argument names, and the value after its `=` or directly after its letter.
    private func option(in argument: String) throws(UsageError) -> (OptionSyntax, attached: String?) {
        if !argument.hasPrefix("--") {
            let letter = argument.dropFirst().prefix(1)
            if let option = options.first(where: { $0.name == letter }) {
                let attached = argument.dropFirst(2)
                guard !attached.isEmpty else { return (option, nil) }
                return (option, String(attached.hasPrefix("=") ? attached.dropFirst() : attached))
            }
        }
        let end = argument.firstIndex(of: "=") ?? argument.endIndex
        let spelling = String(argument[..<end])
        if let option = options.first(where: { $0.spelling == spelling }) {
            return (option, end == argument.endIndex ? nil : String(argument[argument.index(after: end)...]))
        }
        let spellings = options.map(\.spelling) + ["--help"]
        // One dash instead of two is a common mistake.
        let meant = spelling.hasPrefix("--") ? spelling : "-\(spelling)"
        let suggestion = nearest(to: meant, among: spellings)
        let hint = dashHint(for: argument)
        var message = "unknown option \(quoted(spelling))"
        if let suggestion {
            message += "; did you mean \(suggestion)?" + (hint.map { " A \($0)" } ?? "")
        } else if let hint {
            message += "; a \(hint)"
        }
        throw error(message)
    }

    /// Returns whether the argument is an option's letter directly followed by its value.
    private func isLetterAndValue(_ argument: String, _ option: OptionSyntax) -> Bool {
        !argument.hasPrefix("--") && argument != option.spelling
    }

    /// Returns how to give a positional argument that looks like an option, to be read after "a"; `nil` if there is
    /// none.
    private func dashHint(for argument: String) -> String? {
        guard let positional else { return nil }
        return "\(positional.placeholder) that begins with a dash goes after --, as in "
            + "'\(name) -- \(excerpt(argument))'"
    }

    private func isValue(_ argument: String) -> Bool {
        !argument.hasPrefix("--") && !options.contains { $0.spelling == argument }
    }

    private func checkPositionals(_ positionals: [String]) throws(UsageError) {
        guard let positional else {
            if let first = positionals.first { throw error("unexpected argument \(quoted(first))") }
            return
        }
        if positionals.isEmpty, positional.isRequired {
            throw error("\(positional.placeholder) is missing: \(positional.help)")
        }
        if positionals.count > 1, !positional.isRepeatable {
            throw error(
                "unexpected argument \(quoted(positionals[1])); one \(positional.placeholder) is allowed"
            )
        }
    }

    private func error(_ message: String) -> UsageError {
        UsageError(command: name, message)
    }
}
