import Arguments

/// A program with one of everything.
enum Sample {
    static let hours = Option("hours", .integer(in: 1...48), default: 24, help: "length of the window")
    static let limit = Option("n", .integer(in: 1...100), default: 20, help: "how many")
    static let wait = Option(
        "wait",
        .duration(inSeconds: 0...3_600),
        default: .seconds(60),
        shown: "60",
        help: "how long to wait"
    )
    static let output = Option<String?>.optional("output", .text("FILE"), help: "where to write")
    static let format = Option(
        "format",
        .choice("FORMAT", of: ["text", "json"]),
        default: "text",
        help: "the form"
    )
    static let json = Option.flag("json", help: "print JSON")
    static let key = Option<String>.required("key", .text("KEY"), help: "which one")

    static let count = CommandSyntax(
        "count",
        summary: "counts things",
        description: ["A first paragraph.", "A second one."],
        options: [hours.syntax, limit.syntax, wait.syntax, output.syntax, format.syntax, json.syntax],
        examples: [("sample count --hours 2", "counts two hours")],
        exitStatuses: [(0, "counted"), (1, "not counted"), (2, "wrong usage")]
    )
    static let load = CommandSyntax(
        "load",
        summary: "loads files",
        positional: .init("FILE", isRepeatable: true, help: "a file, or - for standard input"),
        options: [json.syntax, limit.syntax]
    )
    static let show = CommandSyntax(
        "show",
        summary: "shows one thing",
        positional: .init("THING", help: "what to show"),
        options: [key.syntax]
    )
    static let program = ProgramSyntax(
        "sample",
        summary: "A sample of a program.",
        commands: [count, load, show],
        exitStatuses: [(0, "done"), (1, "failed"), (2, "wrong usage")]
    )

    /// The arguments of a line that has to be right.
    static func arguments(_ line: String...) throws -> ParsedArguments {
        guard case .run(_, let arguments) = try program.parse(line) else {
            throw UsageError("not a command to run: \(line)")
        }
        return arguments
    }

    /// The message of a line that has to be wrong.
    static func message(_ line: [String]) -> String? {
        do {
            _ = try program.parse(line)
            return nil
        } catch {
            return error.description
        }
    }
}
