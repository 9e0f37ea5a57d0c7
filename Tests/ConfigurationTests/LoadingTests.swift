import Foundation
import Testing

@testable import Configuration

/// Calls `load` with a file of this text; the path ends in `players.json5`.
func load(
    text: String? = nil,
    environment: [String: String] = [:],
    flags: [String: String] = [:]
) throws -> Configuration {
    guard let text else { return try Configuration.load(file: nil, environment: environment, flags: flags) }
    return try withFile(Data(text.utf8)) { path in
        try Configuration.load(file: path, environment: environment, flags: flags)
    }
}

func withFile<Result>(_ contents: Data, _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "players.json5")
    try contents.write(to: file)
    return try body(file.path)
}

func fault(_ body: () throws -> Configuration) -> String? {
    do {
        _ = try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// Values of a key: good ones as they are shown, and bad ones.
struct KeyCase: Sendable, CustomTestStringConvertible {
    var key: String
    var good: [String]
    var bad: [String]
    var testDescription: String { key }

    static let all: [KeyCase] = forms + numbers

    private static let forms: [KeyCase] = [
        KeyCase(
            key: "listen",
            good: ["127.0.0.1:0", "0.0.0.0:65535", "[::1]:5000", "[fe80::1%eth0]:1", "localhost:80"],
            bad: [
                "", ":5000", "5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:5000",
                "[::1]", "[::1]5000", "[::1", "[1.2.3.4]:5", "300.1.1.1:5", "a b:5", "http://x:5", "x:5/",
                "x: 5",
                "*:5000", "[fe80::1%]:5",
            ]
        ),
        KeyCase(
            key: "store",
            good: [
                "rocksdb:/var/lib/x", "rocksdb:./a b", "cassandra://h:9042/players?consistency=LOCAL_QUORUM",
            ],
            bad: ["", "rocksdb:", "rocksdb", "./data", "rocksdb://x", "RocksDB:x", "memory:", "cassandra:h"]
        ),
        KeyCase(
            key: "allowed_origins",
            good: [
                "", "*", "https://dashboard.example.com", "http://localhost:3000, https://[::1]:8443",
                "chrome-extension://abcdefghijklmnop",
            ],
            bad: [
                "null", "https://a.example, null", "dashboard.example.com", "https://a.example/",
                "https://a.example/x", "https://", "https:a", "https://a b", "https://u@a.example", "://a",
                "https://a.example:0", "https://a.example:65536", "*, https://a.example", "https://*.example",
                "https://a.example,", ",", "é://a",
            ]
        ),
        KeyCase(
            key: "allowed_hosts",
            good: ["", "*", "sessions.example.com", "10.0.0.7, [fd00::7], sessions"],
            bad: [
                "sessions.example.com:80", "https://a.example", "a.example/x", "fd00::7", "[::1", "a b",
                "*, a.example", "*.example.com", "a.example,,b.example", ",",
            ]
        ),
        KeyCase(key: "log_format", good: ["text", "json"], bad: ["", "JSON", "xml"]),
        KeyCase(key: "log_level", good: ["debug", "info", "warning", "error"], bad: ["", "warn", "Info"]),
    ]

    private static let numbers: [KeyCase] = [
        number("retention_days", 0, 146_000), number("max_clock_skew_seconds", 0, 31_622_400),
        number("max_batch_events", 1, 10_000), number("max_body_bytes", 1_024, 67_108_864),
        number("loops", 0, 64), number("max_connections", 1, 1_000_000),
        number("max_connections_per_address", 0, 1_000_000),
        number("max_buffered_megabytes", 1, 1_048_576), number("head_timeout_seconds", 1, 3_600),
        number("body_timeout_seconds", 1, 3_600), number("answer_timeout_seconds", 1, 3_600),
        number("idle_timeout_seconds", 1, 3_600), number("shutdown_grace_seconds", 1, 3_600),
        number("max_queued_events", 1_000, 10_000_000), number("cluster_start_seconds", 0, 86_400),
        number("block_cache_megabytes", 0, 1_048_576),
        number("hot_sessions", 1_000, 16_000_000),
    ]

    private static func number(_ key: String, _ least: Int, _ most: Int) -> KeyCase {
        let outside = [String(least - 1), String(most + 1), "\(most).5", "99999999999999999999"]
        return KeyCase(
            key: key,
            good: [String(least), String(most)],
            bad: outside + ["", " 1", "x", "1e3", "0x10", "-0", "true"]
        )
    }
}

@Suite struct LoadingTests {
    @Test(arguments: [
        ("allowed_hosts", "https://a.example", "of https://a.example write the host alone"),
        ("allowed_hosts", "a.example:80", "a.example:80 has a port"),
        ("allowed_hosts", ":80", ":80 has no host"),
        ("allowed_hosts", "[fe80::1%eth0]", "[fe80::1%eth0] has a zone"),
        ("allowed_origins", "https://", "https:// has no host"),
        ("allowed_origins", "https://[fe80::1%eth0]", "has a zone"),
    ])
    func `a wrong host or origin is named with what is wrong about it`(
        key: String,
        value: String,
        message: String
    ) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration.load(file: nil, environment: [:], flags: [key: value])
        }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func `an IPv6 address is known however it is written`() throws {
        let configuration = try Configuration.load(
            file: nil,
            environment: [:],
            flags: [
                "allowed_hosts": "[0:0:0:0:0:0:0:7], [FD00::0:7]", "allowed_origins": "http://[0:0::0:1]:80",
            ]
        )
        #expect(configuration.allowedHosts.hosts == ["::7", "fd00::7"])
        #expect(configuration.allowedOrigins.origins == ["http://[::1]"])
    }

    @Test(arguments: ["1", "7"])
    func `a cache of a few megabytes is refused with what would do`(_ value: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration.load(file: nil, environment: [:], flags: ["block_cache_megabytes": value])
        }
        for word in ["block_cache_megabytes", "must be 0", "at least 8"] {
            #expect(error.description.contains(word), "\(error)")
        }
        _ = try Configuration.load(file: nil, environment: [:], flags: ["block_cache_megabytes": "8"])
    }

    @Test func `the defaults are those of the table`() throws {
        let expected: [(String, String)] = [
            ("listen", "127.0.0.1:5000"), ("store", "rocksdb:./player-sessions-data"),
            ("retention_days", "0"),
            ("max_clock_skew_seconds", "86400"), ("max_batch_events", "10"), ("max_body_bytes", "65536"),
            ("loops", "0"), ("max_connections", "16384"), ("max_connections_per_address", "0"),
            ("max_buffered_megabytes", "256"), ("allowed_origins", ""), ("allowed_hosts", ""),
            ("head_timeout_seconds", "10"), ("body_timeout_seconds", "30"), ("answer_timeout_seconds", "30"),
            ("idle_timeout_seconds", "75"), ("shutdown_grace_seconds", "30"), ("max_queued_events", "200000"),
            ("cluster_start_seconds", "60"),
            ("block_cache_megabytes", "0"), ("hot_sessions", "1000000"), ("log_format", "text"),
            ("log_level", "info"),
        ]
        let entries = try load().entries
        #expect(entries.map(\.key) == expected.map(\.0))
        #expect(entries.map(\.value) == expected.map(\.1))
        #expect(entries.allSatisfy { $0.source == .defaults })
    }

    @Test func `every default is a value of its key`() {
        for key in Configuration.keys {
            var configuration = Configuration()
            #expect(key.assign(key.defaultText, &configuration) == nil, "\(key.name)")
            #expect(configuration == Configuration())
        }
    }

    @Test func `every key has a test case`() {
        #expect(Set(KeyCase.all.map(\.key)) == Set(Configuration.keys.map(\.name)))
    }

    @Test(arguments: KeyCase.all)
    func `good values are taken from every source`(_ test: KeyCase) throws {
        let key = try #require(Configuration.key(named: test.key))
        // The largest batch must fit into the queue.
        let room = test.key == "max_batch_events" ? ["PLAYER_SESSIONS_MAX_QUEUED_EVENTS": "10000"] : [:]
        for value in test.good {
            func check(_ configuration: Configuration, _ source: String) {
                let entry = configuration.entries.first { $0.key == test.key }
                #expect(entry?.value == value)
                #expect(entry?.source.description.hasSuffix(source) == true, "\(String(describing: entry))")
            }
            check(try load(text: "{\n \(test.key): '\(value)'}", environment: room), "players.json5:2")
            if key.isNumber {
                check(try load(text: "{\(test.key): \(value),}", environment: room), "players.json5:1")
            }
            check(try load(environment: room.merging([key.variable: value]) { $1 }), key.variable)
            if let flag = key.flag { check(try load(environment: room, flags: [test.key: value]), flag) }
        }
    }

    @Test(arguments: KeyCase.all)
    func `bad values are refused with key, value, source and what would be right`(_ test: KeyCase) throws {
        let key = try #require(Configuration.key(named: test.key))
        for value in test.bad {
            func check(_ message: String?, _ source: String) {
                let words = ["must", "has", "needs", "is"].contains { message?.contains("): \($0) ") == true }
                #expect(
                    message?.contains("\(test.key) = \(value) (") == true,
                    "\(value): \(message ?? "taken")"
                )
                #expect(message?.contains(source) == true && words, "\(value): \(message ?? "taken")")
                if key.isNumber { #expect(message?.hasSuffix("must be \(key.range)") == true) }
            }
            check(fault { try load(text: "{\(test.key): '\(value)'}") }, "players.json5:1")
            check(fault { try load(environment: [key.variable: value]) }, key.variable)
            if let flag = key.flag { check(fault { try load(flags: [test.key: value]) }, flag) }
        }
    }

    @Test func `flags beat the environment, which beats the file, which beats the defaults`() throws {
        let text = "{max_batch_events: 2, loops: 2, listen: '[::]:2', retention_days: 2}"
        let environment = [
            "PLAYER_SESSIONS_MAX_BATCH_EVENTS": "3", "PLAYER_SESSIONS_LOOPS": "3",
            "PLAYER_SESSIONS_LOG_LEVEL": "error",
        ]
        let configuration = try load(text: text, environment: environment, flags: ["max_batch_events": "4"])
        #expect(configuration.maxBatchEvents == 4)
        #expect(configuration.loops == 3)
        #expect(configuration.listen == ListenAddress(host: "::", port: 2))
        #expect(configuration.retentionDays == 2)
        #expect(configuration.logLevel == .error)
        #expect(configuration.maxBodyBytes == 65_536)
        let sources = configuration.entries.filter { $0.source != .defaults }.map { "\($0.key) \($0.source)" }
        #expect(sources.first { $0.hasPrefix("max_batch_events") } == "max_batch_events --max-batch-events")
        #expect(sources.first { $0.hasPrefix("loops") } == "loops PLAYER_SESSIONS_LOOPS")
        #expect(sources.count == 5)
    }

    @Test func `a wrong value is refused even where another source beats it`() {
        let message = fault { try load(text: "{loops: 65}", flags: ["loops": "1"]) }
        #expect(message?.contains("loops = 65") == true)
    }

    @Test func `a batch must fit into the queue`() {
        let message = fault {
            try load(
                environment: ["PLAYER_SESSIONS_MAX_QUEUED_EVENTS": "1000"],
                flags: ["max_batch_events": "1001"]
            )
        }
        #expect(
            message
                == "max_queued_events = 1000 (PLAYER_SESSIONS_MAX_QUEUED_EVENTS): "
                + "must be no fewer than max_batch_events, which is 1001"
        )
    }

    @Test func `the environment may name the file, and a flag beats it`() throws {
        try withFile(Data("{loops: 7}".utf8)) { path throws in
            let environment = ["PLAYER_SESSIONS_CONFIG": path]
            #expect(try Configuration.load(file: nil, environment: environment, flags: [:]).loops == 7)
            #expect(
                fault { try Configuration.load(file: "/nowhere", environment: environment, flags: [:]) }
                    != nil
            )
        }
        #expect(fault { try load(environment: ["PLAYER_SESSIONS_CONFIG": ""]) } != nil)
    }

    @Test(arguments: [
        ("PLAYER_SESSIONS_RETENTION", "did you mean PLAYER_SESSIONS_RETENTION_DAYS?"),
        ("PLAYER_SESSIONS_LISTN", "did you mean PLAYER_SESSIONS_LISTEN?"),
        ("PLAYER_SESSIONS_HEAD_TIMEOUT", "did you mean PLAYER_SESSIONS_HEAD_TIMEOUT_SECONDS?"),
        ("PLAYER_SESSIONS_LISTEN_ADDRESS", "did you mean PLAYER_SESSIONS_LISTEN?"),
        ("PLAYER_SESSIONS_QUEUED_EVENTS", "did you mean PLAYER_SESSIONS_MAX_QUEUED_EVENTS?"),
        ("PLAYER_SESSIONS_CONNECTIONS", "did you mean PLAYER_SESSIONS_MAX_CONNECTIONS?"),
        ("PLAYER_SESSIONS_TIMEOUT", "ANSWER_TIMEOUT_SECONDS or PLAYER_SESSIONS_IDLE_TIMEOUT_SECONDS?"),
        ("PLAYER_SESSIONS_SECONDS", "there are"), ("PLAYER_SESSIONS_RETENTION_DAY", "RETENTION_DAYS"),
        ("PLAYER_SESSIONS_PORT", "there are"), ("PLAYER_SESSIONS_listen", "PLAYER_SESSIONS_LISTEN"),
        ("PLAYER_SESSIONS_", "there are"),
    ])
    func `an unknown variable stops`(_ variable: String, _ hint: String) {
        let message = fault { try load(environment: [variable: "5000"]) }
        #expect(message?.contains(variable) == true)
        #expect(message?.contains(hint) == true, "\(message ?? "taken")")
    }

    @Test func `variables of other commands stop nothing`() throws {
        let environment = [
            "PLAYER_SESSIONS_URL": "http://example.org", "PLAYER_SESSIONS_CASSANDRA_PASSWORD": "secret",
        ]
        #expect(try load(environment: environment) == Configuration())
    }

    @Test(arguments: [
        ("80", "is a port without a host; write HOST:PORT"), ("http://127.0.0.1:80", "is a URL or a path"),
        ("127.0.0.1:80/", "is a URL or a path"), ("127.0.0.1", "the port is missing"), (":80", "has no host"),
        ("::1:80", "in brackets"), ("", "has no host"),
    ])
    func `a wrong address to listen at is refused with what would be right`(_ text: String, _ reason: String)
    {
        let message = fault { try load(flags: ["listen": text]) }
        #expect(message?.contains(reason) == true, "\(message ?? "taken")")
    }

    @Test func `the format of the log is known whatever else is wrong`() throws {
        func format(
            _ text: String,
            _ environment: [String: String] = [:],
            flag: String? = nil
        ) throws
            -> Configuration.LogFormat
        {
            try withFile(Data(text.utf8)) {
                Configuration.logFormat(file: $0, environment: environment, flag: flag)
            }
        }
        #expect(try format("{log_format: 'json', loops: 'many', x: 1}") == .json)
        #expect(try format("{log_format: 'json'}", ["PLAYER_SESSIONS_LOG_FORMAT": "text"]) == .text)
        #expect(
            try format("{log_format: 'text'}", ["PLAYER_SESSIONS_LOG_FORMAT": "text"], flag: "json") == .json
        )
        #expect(try format("{log_format: 7}") == .text)
        #expect(try format("{log_format:") == .text)
        #expect(Configuration.logFormat(file: "/nowhere", environment: [:], flag: nil) == .text)
    }

    @Test func `what Kubernetes sets and what is not ours is skipped`() throws {
        _ = try load(environment: [
            "PLAYER_SESSIONS_SERVICE_HOST": "10.0.0.1", "PLAYER_SESSIONS_SERVICE_PORT": "5000",
            "PLAYER_SESSIONS_SERVICE_PORT_HTTP": "5000", "PLAYER_SESSIONS_PORT": "tcp://10.0.0.1:5000",
            "PLAYER_SESSIONS_PORT_5000_TCP": "tcp://10.0.0.1:5000",
            "PLAYER_SESSIONS_PORT_5000_TCP_PROTO": "tcp",
            "PLAYER_SESSIONS_PORT_5000_TCP_PORT": "5000", "PLAYER_SESSIONS_PORT_5000_TCP_ADDR": "10.0.0.1",
            "PATH": "/bin", "player_sessions_loops": "x",
        ])
    }

    @Test(arguments: ["hot_sessions", "max-batch-events", "--listen", ""])
    func `a flag that there is not is refused`(_ name: String) {
        #expect(fault { try load(flags: [name: "1"]) }?.contains("is not a key with a flag") == true)
    }
}
