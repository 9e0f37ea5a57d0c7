import PlayerSessions
import Testing

struct CountryCodeTests {
    @Test(arguments: [("FI", "FI"), ("fi", "FI"), ("uS", "US"), ("aa", "AA"), ("ZZ", "ZZ")])
    func `two ASCII letters in either case are a code in upper case`(text: String, kept: String) {
        #expect(CountryCode(text)?.description == kept)
    }

    @Test(arguments: ["", "F", "FIN", "F1", "1F", "F ", "[]", "@A", "`a", "{}", "Ä", "\u{0}A", "ＦＩ"])
    func `anything else is no code`(text: String) {
        #expect(CountryCode(text) == nil)
    }

    @Test func `pairs of bytes are a code exactly when both are letters`() {
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let isCode = letters.contains(first) && letters.contains(second)
                guard (CountryCode([first, second].span) != nil) == isCode else {
                    Issue.record("\(first) \(second)")
                    return
                }
            }
        }
    }

    @Test func `ordinals and raw values keep the order of the letters`() {
        var previous: CountryCode?
        for ordinal in 0..<CountryCode.count {
            let code = CountryCode(ordinal: ordinal)
            #expect(code.ordinal == ordinal && CountryCode(rawValue: code.rawValue) == code)
            #expect(CountryCode(code.description) == code)
            if let previous { #expect(previous < code && previous.description < code.description) }
            previous = code
        }
        #expect(CountryCode(rawValue: 0) == nil && CountryCode(rawValue: 0x6661) == nil)
    }
}
