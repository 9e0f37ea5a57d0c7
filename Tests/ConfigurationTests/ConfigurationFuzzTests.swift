// Strategy: take good files and addresses, and damage them: bytes flipped, pieces cut out, doubled, exchanged for
// words that mean something to JSON5 or to an address. Invariants: nothing crashes; what is taken lies within every
// range, which its own text given again as flags proves; what is refused is one line that names a key or a file;
// Foundation and the outline see the same names; an address that was taken gives itself again by its text.
import Fuzzing
import Foundation
import Testing

@testable import Configuration

@Suite struct ConfigurationFuzzTests {
    private func damaged(_ text: String, words: [String], _ generator: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, start + Int.random(in: 0...8, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 3:
                bytes.replaceSubrange(start..<end, with: (words.randomElement(using: &generator) ?? "").utf8)
            default: bytes.insert(contentsOf: (words.randomElement(using: &generator) ?? "").utf8, at: start)
            }
        }
        return bytes
    }

    @Test func `a damaged file is read right or refused`() throws {
        let text = """
            // players
            {listen: '[::1]:80', "store": "rocksdb:./a", retention_days: 30, /* more */ 'loops': "0x4",
             max_batch_events: 100, log_level: 'de\\x62ug', hot_sessions: 2e3,}
            """
        let words = [
            "{", "}", "[", "]", ":", ",", "'", "\"", "\\", "//", "/*", "*/", "\n", "\u{2028}", "\u{FEFF}",
            "NaN", "-",
            "null", "0x", "0x0x", "+", ".", "e", "1e999", "\\u0000", "\\uD800", "loops", "store: ", "listen",
            ", loops: 1", "\0",
            "\u{A0}",
        ]
        try fuzz(rounds: 500) { seed in
            var generator = SeededRandom(seed: seed)
            let bytes = damaged(text, words: words, &generator)
            let shown = "seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
            if let members = try? ConfigurationFile.members(of: bytes) {
                #expect(Set(members.map(\.name)) == (try foundationNames(bytes)), "\(shown)")
            }
            try withFile(Data(bytes)) { path in
                do throws(ConfigurationError) {
                    let configuration = try Configuration.load(file: path, environment: [:], flags: [:])
                    let entries = configuration.entries.map { ($0.key, $0.value) }
                    for (key, value) in entries {
                        var again = configuration
                        #expect(Configuration.key(named: key)?.assign(value, &again) == nil, "\(shown)")
                        #expect(again == configuration, "\(shown)")
                    }
                } catch {
                    #expect(!error.description.contains { $0.isNewline }, "\(shown)")
                    #expect(error.description.contains("players.json5"), "\(shown)")
                }
            }
        }
    }

    private func foundationNames(_ bytes: [UInt8]) throws -> Set<String> {
        struct Names: Decodable {
            var names: Set<String> = []
            struct Name: CodingKey {
                var stringValue: String
                var intValue: Int? { nil }
                init?(stringValue: String) { self.stringValue = stringValue }
                init?(intValue: Int) { nil }
            }
            init(from decoder: any Decoder) throws {
                names = Set(try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue))
            }
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        return try decoder.decode(Names.self, from: Data(text)).names
    }

    @Test func `a damaged address is read right or refused`() {
        let texts = [
            "cassandra://user:pass%20word@host1,[::1]:9042/players?replication=dc1:3,dc2:3&consistency=QUORUM&datacenter="
                + "dc1&tls=true&ca=/etc/ca.pem",
            "cassandra://10.0.0.1:9042,b/k?replication=3", "rocksdb:/var/lib/players",
        ]
        let words = [
            "://", "@", ":", "/", "?", "&", "=", ",", "%", "%00", "%C3", "[", "]", "tls=false", "replication",
            "ä", "🎮",
            "9042", "-1", "99999999999999999999", "cassandra://", "rocksdb:", "#", " ", "\n", "e\u{301}",
        ]
        fuzz(rounds: 2_500) { seed in
            var generator = SeededRandom(seed: seed)
            let text = texts.randomElement(using: &generator) ?? ""
            let bytes = damaged(text, words: words, &generator)
            let address = String(decoding: bytes, as: UTF8.self)
            do throws(ConfigurationError) {
                let location = try StoreLocation(address, source: .flag("--store"))
                let shown = location.configurationText
                let again = try StoreLocation(shown, source: .flag("--store"))
                #expect(again.configurationText == shown, "seed \(seed): \(address)")
            } catch {
                // A value may begin with a mark that joins the space before it.
                #expect(error.description.utf8.starts(with: "store = ".utf8), "seed \(seed): \(address)")
                #expect(!error.description.contains { $0.isNewline }, "seed \(seed): \(address)")
                // Where the address still shows what is a password, no message does.
                if address.contains("://user:pass%20word@") {
                    #expect(!error.description.contains("pass%20word"), "seed \(seed): \(address)")
                }
            }
        }
    }
}
