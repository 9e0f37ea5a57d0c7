import Arguments
import Configuration
import Testing

@testable import player_sessions

struct ServiceAddressTests {
    private func listening(_ text: String) throws -> ServiceAddress? {
        ServiceAddress(try Configuration.load(file: nil, environment: [:], flags: ["listen": text]).listen)
    }

    @Test(arguments: [
        ("127.0.0.1:5000", "http://127.0.0.1:5000"), ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:81", "http://[::1]:81"), ("[fe80::1%eth0]:81", "http://[fe80::1%25eth0]:81"),
        ("games.example:5000", "http://games.example:5000"),
    ])
    func `a service is found where its configuration listens`(_ listen: String, _ url: String) throws {
        #expect(try listening(listen)?.url("") == url)
    }

    @Test func `any free port leads nowhere`() throws {
        #expect(try listening("127.0.0.1:0") == nil)
    }

    @Test func `the address for people hides the password that is sent`() throws {
        let address = try ServiceAddress.format.read("http://user:SECRET@10.0.0.1:80/sessions/")
        #expect("\(address)" == "http://user:***@10.0.0.1:80/sessions")
        #expect(address.url("/readyz") == "http://user:SECRET@10.0.0.1:80/sessions/readyz")
        #expect(!address.connectionFailure(TransferError(.init(7))).description.contains("SECRET"))
    }

    @Test(arguments: [
        ("http://u:p@10.0.0.1", true, ["in --url", "without TLS"]),
        ("http://u:p@10.0.0.1", false, ["without TLS"]),
        ("https://u:p@10.0.0.1", true, ["in --url"]), ("http://u:p@[::1]:80/x", false, []),
        ("http://u:p@127.0.0.1:80", false, []), ("http://10.0.0.1", true, []),
        ("http://u:p@127.evil.example", false, ["without TLS"]),
    ])
    func `a password that others can read is warned of`(
        _ url: String,
        _ isArgument: Bool,
        _ words: [String]
    ) throws {
        let warnings = PasswordWarnings.of(try ServiceAddress.format.read(url), isArgument: isArgument)
        #expect(warnings.count == words.count)
        for (warning, word) in zip(warnings, words) { #expect(warning.contains(word)) }
    }

    @Test(arguments: [
        ("cassandra://u:p@10.0.0.1", true, ["in --store", "without TLS"]),
        ("cassandra://u:p@10.0.0.1", false, ["without TLS"]),
        ("cassandra://u:p@10.0.0.1?tls=true", true, ["in --store"]), ("cassandra://10.0.0.1", true, []),
        ("cassandra://u@10.0.0.1", true, ["without TLS"]),
        ("cassandra://u:p@[::1],localhost,127.0.0.9", false, []),
        ("rocksdb:x", true, []),
    ])
    func `a store's password that others can read is warned of`(
        _ store: String,
        _ isFlag: Bool,
        _ words: [String]
    )
        throws
    {
        let configuration = try Configuration.load(
            file: nil,
            environment: isFlag ? [:] : ["PLAYER_SESSIONS_STORE": store],
            flags: isFlag ? ["store": store] : [:]
        )
        let warnings = PasswordWarnings.of(configuration)
        #expect(warnings.count == words.count)
        for (warning, word) in zip(warnings, words) { #expect(warning.contains(word)) }
    }
}
