import Foundation
import Testing
import Text

@testable import Configuration

@Suite struct StoreLocationTests {
    private func cassandra(_ text: String) throws -> CassandraLocation {
        guard case .cassandra(let location) = try load(flags: ["store": text]).store else {
            throw InvalidValue("is not Cassandra")
        }
        return location
    }

    @Test func `the whole address of the contract is read`() throws {
        let location = try cassandra(
            "cassandra://user:password@host1,host2:9043/games?replication=dc1:3,dc2:2&consistency=QUORUM"
                + "&datacenter=dc1&tls=true&ca=/etc/ca%20file.pem"
        )
        let expected = CassandraLocation(
            credentials: .init(user: "user", password: "password"),
            contactPoints: [.init(host: "host1", port: 9042), .init(host: "host2", port: 9043)],
            keyspace: "games",
            replication: .dataCenters([.init(name: "dc1", copies: 3), .init(name: "dc2", copies: 2)]),
            consistency: .quorum,
            dataCenter: "dc1",
            encryption: .init(certificateAuthorityFile: "/etc/ca file.pem")
        )
        #expect(location == expected)
    }

    @Test(arguments: [
        "cassandra://h", "cassandra://h/", "cassandra://h:9042/players", "cassandra://h?tls=false",
    ])
    func `what is left out has its default`(_ text: String) throws {
        let location = try cassandra(text)
        let point = CassandraLocation.ContactPoint(host: "h", port: 9042)
        #expect(
            location
                == CassandraLocation(contactPoints: [point], keyspace: "players", consistency: .localQuorum)
        )
    }

    @Test func `users and passwords are percent-decoded`() throws {
        let location = try cassandra(
            "cassandra://us%3Aer:p%40ss%2Fw+%25%C3%A4@[::1],[fe80::2]:1/k?replication=1"
        )
        #expect(location.credentials == .init(user: "us:er", password: "p@ss/w+%ä"))
        #expect(location.contactPoints == [.init(host: "::1", port: 9042), .init(host: "fe80::2", port: 1)])
        #expect(location.replication == .copies(1))
    }

    @Test func `the text of a location hides the password and gives the rest`() throws {
        let text = "cassandra://us%40er:secret@a,[::1]:7/k?replication=dc1:3,dc%202:1&tls=true&ca=/x"
        let entry = try load(flags: ["store": text]).entries[1]
        #expect(
            entry.value
                == "cassandra://us%40er:***@a:9042,[::1]:7/k?replication=dc1:3,dc%202:1&consistency=LOCAL_QUORUM"
                + "&tls=true&ca=/x"
        )
        let again = try load(flags: ["store": entry.value]).entries[1]
        #expect(again.value == entry.value)
    }

    @Test func `a password comes from a file, the environment or the address`() throws {
        func password(_ text: String, _ environment: [String: String] = [:]) throws -> String? {
            let configuration = try load(flags: ["store": text]).withPassword(environment: environment)
            guard case .cassandra(let location) = configuration.store else { return nil }
            return location.credentials?.password
        }
        let variable = ["PLAYER_SESSIONS_CASSANDRA_PASSWORD": "from the environment"]
        try withFile(Data("pass@word?\r\nsecond line\n".utf8)) { path throws in
            #expect(try password("cassandra://u@h?password_file=\(path)", variable) == "pass@word?")
        }
        #expect(try password("cassandra://u@h", variable) == "from the environment")
        #expect(try password("cassandra://u:own@h", variable) == "own")
        #expect(try password("cassandra://h", variable) == nil)
    }

    @Test(
        arguments: [
            ("cassandra://u@h", "", "PLAYER_SESSIONS_CASSANDRA_PASSWORD is empty"),
            ("cassandra://u@h", nil, "add ?password_file=FILE, or set PLAYER_SESSIONS_CASSANDRA_PASSWORD"),
            ("cassandra://u@h?password_file=/no/where", "x", "password_file /no/where, which does not exist"),
            ("cassandra://u@h?password_file=/dev/null", "x", "whose first line is empty"),
        ] as [(String, String?, String)]
    )
    func `a password that cannot be found is named when it is needed and not before`(
        _ text: String,
        _ value: String?,
        _ reason: String
    ) throws {
        let configuration = try load(text: "{store: '\(text)'}")
        let environment = value.map { ["PLAYER_SESSIONS_CASSANDRA_PASSWORD": $0] } ?? [:]
        let message = fault { try configuration.withPassword(environment: environment) }
        #expect(message?.contains(reason) == true, "\(message ?? "taken")")
        #expect(message?.contains("players.json5:1") == true)
    }

    @Test(arguments: [
        "cassandra://us%40er@h:9042/k?consistency=LOCAL_QUORUM",
        "cassandra://u@h:9042/k?password_file=/etc/a%20b%40c&consistency=LOCAL_QUORUM",
    ])
    func `the text of a location says where the password comes from`(_ text: String) throws {
        #expect(try load(flags: ["store": text]).entries[1].value == text)
    }

    @Test func `another replication takes the place of the address's`() throws {
        let location = try cassandra("cassandra://h/k?replication=2&datacenter=dc1")
        let three = try location.replicated("3", source: .flag("--replication"))
        #expect(three.replication == .copies(3))
        let map = try location.replicated("dc1:3,dc2:1", source: .flag("--replication"))
        #expect(
            map.replication
                == .dataCenters([.init(name: "dc1", copies: 3), .init(name: "dc2", copies: 1)])
        )
        for wrong in ["", "0", "x", "dc2:3"] {
            #expect(throws: ConfigurationError.self) {
                try location.replicated(wrong, source: .flag("--replication"))
            }
        }
    }

    @Test(arguments: [
        ("cassandra://", "has no host"), ("cassandra:///players", "has no host"),
        ("cassandra://u:p@/k", "has no host"),
        ("cassandra://a,,b", "an empty host"), ("cassandra://a,a:9042", "names a:9042 twice"),
        ("cassandra://a:0", "a port from 1 to 65535"), ("cassandra://a:70000", "a port from 1 to 65535"),
        ("cassandra://::1", "in brackets"), ("cassandra://a/Players", "a keyspace of 1 to 48"),
        ("cassandra://a/p-1", "a keyspace of 1 to 48"), ("cassandra://a/p/q", "a keyspace of 1 to 48"),
        ("cassandra://a/system_auth", "Cassandra's own"), ("cassandra://@a", "an empty user"),
        ("cassandra://u:p@a?password_file=/x", "a password and password_file"),
        ("cassandra://a?password_file=/x", "password_file without a user"),
        ("cassandra://u@a?password_file=%00", "a NUL in password_file"),
        ("cassandra://u:a?b@c", "in a user or password a ? is written %3F"),
        ("cassandra://u:12?datacenter=SE@h/k", "in a user or password a ? is written %3F"),
        ("cassandra://:p@a", "an empty user"), ("cassandra://u:@a", "an empty password"),
        ("cassandra://u:%zz@a", "a % without two hex digits in its password"),
        ("cassandra://u:%FF@a", "a password that is not UTF-8"), ("cassandra://a b", "a space"),
        ("cassandra://a#b", "a #"), ("cassandra://a?", "an unknown parameter \"\""),
        ("cassandra://a?consistancy=QUORUM", "did you mean consistency?"),
        ("cassandra://a?timeout=3", "there are password_file, replication, consistency"),
        ("cassandra://a?tls", "no value for tls"), ("cassandra://a?tls=", "no value for tls"),
        ("cassandra://a?tls=yes", "tls=true or tls=false"), ("cassandra://a?tls=true&tls=true", "tls twice"),
        ("cassandra://a?ca=/x", "ca without tls=true"),
        ("cassandra://a?tls=false&ca=/x", "ca without tls=true"),
        ("cassandra://a?consistency=ONE", "LOCAL_QUORUM or QUORUM"),
        ("cassandra://a?consistency=quorum", "LOCAL_QUORUM or QUORUM"),
        ("cassandra://a?replication=0", "replication from 1"),
        ("cassandra://a?replication=x", "replication from 1"),
        ("cassandra://a?replication=1001", "replication from 1"),
        ("cassandra://a?replication=dc1:0", "replication from 1"),
        ("cassandra://a?replication=dc1:3,", "replication from 1"),
        ("cassandra://a?replication=:3", "data centres of 1 to 128"),
        ("cassandra://a?replication=dc1:3,dc1:3", "\"dc1\" twice"),
        ("cassandra://a?datacenter=a%27b", "without quotes"),
        ("cassandra://a?datacenter=dc9&replication=dc1:3", "\"dc9\" without copies"),
        ("CASSANDRA://a", "must be rocksdb:PATH or cassandra://"),
        ("postgres://a", "must be rocksdb:PATH or cass"),
        ("rocksdb:cassandra://a/k", "has an address for a path"),
    ])
    func `a wrong address is refused with the reason`(_ text: String, _ reason: String) {
        let message = fault { try load(flags: ["store": text]) }
        #expect(message?.contains(reason) == true, "\(message ?? "taken")")
        #expect(message?.hasPrefix("store = ") == true && message?.contains("(--store)") == true)
    }

    @Test(arguments: [
        "cassandra://u:SECRET@a?x=1", "cassandra://u:SECRET@a:x", "cassandra://u:SE/CRET@a",
        "cassandra://u:SE@CRET@a",
        "cassandra://u:SE?CRET@a", "cassandra://u:x?SECRET@a", "cassandra://u:12?ca=SECRET@a/k",
        "cassandra://u:1?x=y&SECRET@a", "cassandra://u@a?password_file=/x&pass=SECRET",
        "cassandra://u:SE#CRET@a", "casandra://u:SECRET@a",
        "cassandra:/u:SECRET@a",
        "cassandra:u:SECRET@a", "cassandra://u:SECRET", "cassandra://u:SECRET/k",
        "cassandra://a?password=SECRET",
        "cassandra://u:%SECRET@a", "cassandra://u:SE CRET@a", "cassandra://u:SE:CRET@a?tls=x", "u:SECRET@a//",
        "cassandra://a:9042,u:SECRET", "cassandra://u:SECRET@[::1", "postgres://u:SECRET@a/rocksdb:",
        "rocksdb:cassandra://u:SECRET@a", "rocksdb:rocksdb:///cassandra://u:SECRET@a",
    ])
    func `no message shows a password`(_ text: String) {
        for message in [
            fault { try load(flags: ["store": text]) },
            fault { try load(text: "{store: '\(text)'}") },
            fault { try load(environment: ["PLAYER_SESSIONS_STORE": text]) },
            fault { try load(text: "{'\(text)': 1}") },
            fault { try load(text: "{loops: '\(text)'}") },
        ] {
            #expect(message?.contains("CRET") == false, "\(message ?? "taken")")
        }
    }
}
