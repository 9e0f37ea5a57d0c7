import Arguments
import Testing

@Test func `a command's help aligns options and shows what is allowed`() {
    #expect(
        Sample.program.help(of: Sample.count) == """
            Usage:
              sample count [OPTIONS]

            Counts things.

            A first paragraph.

            A second one.

            Options:
              --hours N        length of the window [1 to 48; default 24]
              -n N             how many [1 to 100; default 20]
              --wait SECONDS   how long to wait [0 to 3600 seconds; default 60]
              --output FILE    where to write
              --format FORMAT  the form [text, json; default text]
              --json           print JSON
              -h, --help       show this help

            Examples:
              sample count --hours 2
                  counts two hours

            Exit status:
              0  counted
              1  not counted
              2  wrong usage

            """
    )
}

@Test func `usage shows required options and arguments`() {
    #expect(Sample.program.help(of: Sample.show).contains("\n  sample show --key KEY THING\n"))
    #expect(Sample.program.help(of: Sample.load).contains("\n  sample load [OPTIONS] FILE…\n"))
    #expect(Sample.program.help(of: Sample.show).contains("which one [required]"))
    #expect(
        Sample.program.help(of: Sample.show).contains(
            "ends the options, for a THING that begins with a dash\n"
        )
    )
}

@Test func `the program's help names every command`() {
    let help = Sample.program.help()
    for command in Sample.program.commands { #expect(help.contains("  \(command.name)")) }
    #expect(help.hasPrefix("A sample of a program.\n"))
    #expect(help.hasSuffix("  0  done\n  1  failed\n  2  wrong usage\n"))
}

@Test func `no line of help is wider than 96 columns`() {
    let long = String(repeating: "word ", count: 100)
    let command = CommandSyntax(
        "long",
        summary: long,
        description: [long],
        options: [
            OptionSyntax(
                name: String(repeating: "x", count: 40),
                placeholder: "N",
                help: long,
                allowed: nil,
                defaultText: nil
            )
        ]
    )
    let program = ProgramSyntax("sample", summary: long, commands: [command], exitStatuses: [(0, long)])
    for help in [program.help(), program.help(of: command)] {
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 96 })
    }
}
