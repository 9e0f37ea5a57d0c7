import Arguments
import Testing

@Test func `what is not given has its default`() throws {
    let arguments = try Sample.arguments("count")
    #expect(arguments[Sample.hours] == 24)
    #expect(arguments[Sample.limit] == 20)
    #expect(arguments[Sample.wait] == .seconds(60))
    #expect(arguments[Sample.output] == nil)
    #expect(arguments[Sample.format] == "text")
    #expect(!arguments[Sample.json])
    #expect(!arguments.contains(Sample.hours))
    #expect(arguments.texts.isEmpty)
}

@Test(arguments: [
    ["--hours", "3", "-n", "7"], ["--hours=3", "-n7"], ["-n=7", "--hours", "3"],
])
func `a value stands behind its option in every usual way`(options: [String]) throws {
    guard case .run("count", let arguments) = try Sample.program.parse(["count"] + options) else {
        Issue.record("not run")
        return
    }
    #expect(arguments[Sample.hours] == 3)
    #expect(arguments[Sample.limit] == 7)
    #expect(arguments.texts == ["hours": "3", "n": "7"])
    #expect(arguments.contains(Sample.limit))
}

@Test func `values keep their bytes`() throws {
    let arguments = try Sample.arguments("count", "--output=a=b", "--json")
    #expect(arguments[Sample.output] == "a=b")
    #expect(arguments[Sample.json])
    #expect(try Sample.arguments("count", "--output", "-")[Sample.output] == "-")
    #expect(try Sample.arguments("count", "--output", "-x")[Sample.output] == "-x")
    #expect(try Sample.arguments("count", "--output=--json")[Sample.output] == "--json")
}

@Test func `positionals and options mix until two dashes`() throws {
    let arguments = try Sample.arguments("load", "a", "--json", "-", "--", "--json", "--", "-h")
    #expect(arguments.positionals == ["a", "-", "--json", "--", "-h"])
    #expect(arguments[Sample.json])
}

@Test(arguments: [
    ("0", Duration.zero), ("90", .seconds(90)), ("90s", .seconds(90)), ("500ms", .milliseconds(500)),
    ("5m", .seconds(300)), ("1h", .seconds(3_600)),
])
func `a duration is read with and without its unit`(text: String, duration: Duration) throws {
    #expect(try Sample.arguments("count", "--wait", text)[Sample.wait] == duration)
}

@Test(
    arguments: [
        ([], "a command is missing; try 'sample --help'"),
        (["cuont"], "unknown command 'cuont'; did you mean 'count'?"),
        (["cnt"], "unknown command 'cnt'; did you mean 'count'?"),
        (["ctn"], "unknown command 'ctn'; there are count, load, show"),
        (["count", "--otp=x"], "count: unknown option '--otp'; did you mean --output?"),
        (["sh"], "unknown command 'sh'; did you mean 'show'?"),
        (["zzz"], "unknown command 'zzz'; there are count, load, show"),
        (["--hlep"], "unknown option '--hlep'; did you mean --help?"),
        (["--hours", "3"], "unknown option '--hours'; a command comes first"),
        (["count", "--huors", "3"], "count: unknown option '--huors'; did you mean --hours?"),
        (["count", "--hour=3"], "count: unknown option '--hour'; did you mean --hours?"),
        (["count", "-hours", "3"], "count: unknown option '-hours'; did you mean --hours?"),
        (["count", "--xylophone"], "count: unknown option '--xylophone'"),
        (["count", "--hours"], "count: --hours needs a value: --hours N"),
        (["count", "--hours", "--json"], "count: --hours needs a value: --hours N"),
        (["count", "--hours", "-n", "3"], "count: --hours needs a value: --hours N"),
        (["count", "--hours", "0"], "count: --hours '0': must be a whole number from 1 to 48"),
        (["count", "--hours", "49"], "count: --hours '49': must be a whole number from 1 to 48"),
        (["count", "--hours", "-1"], "count: --hours '-1': must be a whole number from 1 to 48"),
        (["count", "--hours", "+1"], "count: --hours '+1': must be a whole number from 1 to 48"),
        (["count", "--hours="], "count: --hours '': must be a whole number from 1 to 48"),
        (
            ["count", "--hours", "99999999999999999999"],
            "count: --hours '99999999999999999999': must be a whole number from 1 to 48"
        ),
        (["count", "--hours", "1", "--hours=1"], "count: --hours is given twice"),
        (["count", "--json", "--json"], "count: --json is given twice"),
        (["count", "--json=yes"], "count: --json takes no value"),
        (["count", "--output="], "count: --output '': must not be empty"),
        (
            ["count", "--format", "jsn"],
            "count: --format 'jsn': must be one of text, json; did you mean json?"
        ),
        (["count", "--wait", "2h"], "count: --wait '2h': must be 0 to 3600 seconds"),
        (
            ["count", "--wait", "9223372036854775807h"],
            "count: --wait '9223372036854775807h': must be 0 to 3600 seconds"
        ),
        (
            ["count", "--wait", "5 m"],
            "count: --wait '5 m': must be a whole number of seconds, or one with a unit: 500ms, 30s, 5m, 2h"
        ),
        (["count", "file"], "count: unexpected argument 'file'"),
        (["count", "a\nb\u{1B}[2J"], "count: unexpected argument 'a\\nb\\u{1b}[2J'"),
        (["load"], "load: FILE is missing: a file, or - for standard input"),
        (
            ["load", "-NxYz"],
            "load: unknown option '-NxYz'; a FILE that begins with a dash goes after --, as in 'load -- -NxYz'"
        ),
        (
            ["load", "--jsno"],
            "load: unknown option '--jsno'; did you mean --json? A FILE that begins with a dash goes after --, as in "
                + "'load -- --jsno'"
        ),
        (
            ["load", "-n7Kd"],
            "load: -n '7Kd': must be a whole number from 1 to 100; a FILE that begins with a dash goes after --, as in "
                + "'load -- -n7Kd'"
        ),
        (["load", "-n", "7Kd"], "load: -n '7Kd': must be a whole number from 1 to 100"),
        (["show", "--key", "k", "a", "b"], "show: unexpected argument 'b'; one THING is allowed"),
        (["show", "a"], "show: --key is missing"),
        (["help", "cuont"], "unknown command 'cuont'; did you mean 'count'?"),
    ] as [([String], String)]
)
func `wrong usage is one line that names the argument`(line: [String], message: String) {
    #expect(Sample.message(line) == message)
}

@Test(arguments: [
    ["count", "cassandra://u:SECRET@h"], ["count", "--store=cassandra://u:SECRET@h"],
    ["cassandra://u:SECRET@h"],
    ["count", "--format", "http://u:SECRET@h"], ["show", "--key", "k", "a", "http://u:SECRET@h"],
    ["count", "--cassandra://u:SECRET@h"], ["--cassandra://u:SECRET@h"], ["help", "cassandra://u:SECRET@h"],
    ["count", "--wait", "cassandra://u:SE?CRET@h"],
])
func `no message shows a password`(line: [String]) throws {
    let message = try #require(Sample.message(line))
    #expect(!message.contains("CRET"), "\(message)")
}

@Test func `an argument that need not be given is shown so, and may be given once`() throws {
    let command = CommandSyntax(
        "c",
        summary: "c",
        positional: .init("N", isRequired: false, help: "how many")
    )
    let program = ProgramSyntax("sample", summary: "s", commands: [command], exitStatuses: [])
    #expect(program.help(of: command).contains("  sample c [N]\n"))
    for arguments in [["c"], ["c", "1"]] {
        guard case .run(_, let parsed) = try program.parse(arguments) else { throw UsageError("no command") }
        #expect(parsed.positionals == Array(arguments.dropFirst()))
    }
    #expect(throws: UsageError.self) { try program.parse(["c", "1", "2"]) }
}

@Test func `a long argument is cut in a message`() {
    let message = Sample.message(["count", String(repeating: "x", count: 100_000)])
    #expect(message == "count: unexpected argument '\(String(repeating: "x", count: 80))…'")
}

@Test(arguments: [
    ["--help"], ["-h"], ["help"], ["--help", "count"], ["count", "--help"], ["count", "--nonsense", "-h"],
    ["load", "--help"], ["help", "count"],
])
func `help is given wherever it is asked for`(line: [String]) throws {
    guard case .help(let text) = try Sample.program.parse(line) else {
        Issue.record("no help")
        return
    }
    #expect(text.contains("Usage:"))
}

@Test func `the version is asked for before a command`() throws {
    guard case .version = try Sample.program.parse(["--version"]) else {
        Issue.record("no version")
        return
    }
    #expect(Sample.message(["count", "--version"]) == "count: unknown option '--version'")
}

/// Strategy: random lines of the words that matter to the parser.
///
/// Invariants: it never traps; a message is one
/// line; an accepted line gives back as many positionals as went in.
@Test func `no line of arguments breaks the parser`() {
    let words = [
        "count", "load", "show", "--", "-", "-h", "--hours", "--hours=3", "-n", "-n5", "--json", "", "=",
        "--=",
        "-=", "--key", "k", "é", "-é", "--wait", "\u{0}",
    ]
    let seed = UInt64.random(in: 0 ... .max)
    var state = seed
    func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    for _ in 0..<5_000 {
        let line = (0..<next(7)).map { _ in words[next(words.count)] }
        guard let message = Sample.message(line) else { continue }
        #expect(!message.isEmpty && !message.contains("\n"), "seed \(seed), \(line)")
    }
}
