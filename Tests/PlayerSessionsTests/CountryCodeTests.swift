import PlayerSessions
import Testing

struct CountryCodeTests {
    @Test(
        arguments: [
            ("FI", "FI"), ("fi", "FI"), ("uS", "US"), ("aa", "AA"), ("ZZ", "ZZ"), ("T1", "T1"), ("t1", "T1"),
            ("A2", "A2"), ("5a", "5A"), ("9Z", "9Z"), ("0A", "0A"), ("z0", "Z0"), ("eu", "EU"), ("XX", "XX"),
        ]
    )
    func `two ASCII letters or digits in either case are a code in upper case`(text: String, kept: String) {
        #expect(CountryCode(text)?.description == kept)
    }

    @Test(
        arguments: [
            "", "F", "FIN", "11", "00", "F ", " F", "1", "F-", "[]", "@A", "`a", "{}", "Ä", "\u{0}A",
            "A\u{10}", "ＦＩ",
            "A１", "A:", "A/", "1:",
        ]
    )
    func `anything else is no code`(text: String) {
        #expect(CountryCode(text) == nil)
    }

    @Test func `pairs of bytes are a code exactly when both are letters or digits, and one is a letter`() {
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let taken = letters.union("0123456789".utf8)
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let isCode =
                    taken.contains(first) && taken.contains(second)
                    && (letters.contains(first) || letters.contains(second))
                let text = String(decoding: [first, second], as: UTF8.self).uppercased()
                guard let code = CountryCode([first, second].span) else {
                    if isCode { Issue.record("\(first) \(second)") }
                    continue
                }
                let raw = UInt16(first) << 8 | UInt16(second)
                let isStored = CountryCode(rawValue: raw) == code
                guard isCode, code.description == text, isStored == (code.rawValue == raw) else {
                    Issue.record("\(first) \(second)")
                    return
                }
            }
        }
    }

    @Test func `codes sort as their texts do, digits before letters`() {
        let codes = (0..<CountryCode.count).map { CountryCode(ordinal: $0) }
        let sorted = codes.sorted().map(\.description)
        #expect(sorted == codes.map(\.description).sorted())
        #expect(sorted.first == "0A" && sorted.last == "ZZ" && Set(sorted).count == CountryCode.count)
    }

    @Test func `every code has an ordinal of its own`() {
        for ordinal in 0..<CountryCode.count {
            let code = CountryCode(ordinal: ordinal)
            #expect(code.ordinal == ordinal && CountryCode(rawValue: code.rawValue) == code)
            #expect(CountryCode(code.description) == code)
        }
        #expect(CountryCode(rawValue: 0) == nil && CountryCode(rawValue: 0x6661) == nil)
        #expect(CountryCode(rawValue: 0x5431)?.description == "T1" && CountryCode(rawValue: 0x3131) == nil)
    }

    // Stores keep ordinals: one that changes makes another country of what was stored.
    @Test(
        arguments: [
            ("AA", 0), ("AZ", 25), ("BA", 26), ("FI", 138), ("US", 538), ("ZZ", 675), ("A0", 676),
            ("A1", 677),
            ("B0", 686), ("T1", 867), ("Z9", 935), ("0A", 936), ("0Z", 961), ("1A", 962), ("5A", 1_066),
            ("9Z", 1_195),
        ]
    )
    func `the ordinal of a code never changes`(text: String, ordinal: Int) {
        #expect(CountryCode(text)?.ordinal == ordinal)
    }
}
