import Text
import Testing

@Test(arguments: [
    ("plain text, ä, 日本, 🎮", "plain text, ä, 日本, 🎮"), ("\u{1B}[31mred", #"\u{1b}[31mred"#),
    ("two\r\nlines\t", #"two\r\nlines\t"#), ("\u{9B}2J", #"\u{9b}2J"#), ("\u{7F}", #"\u{7f}"#),
    ("a\u{202E}b\u{2066}c\u{200B}", #"a\u{202e}b\u{2066}c\u{200b}"#),
    ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
    ("\u{E0041}", #"\u{e0041}"#), ("\0", #"\u{0}"#),
])
func `what a terminal would act on is escaped`(text: String, shown: String) {
    #expect(printable(text) == shown)
    #expect(excerpt(text) == shown)
}

@Test func `an excerpt is cut between characters`() {
    #expect(excerpt("abcdef", characters: 3) == "abc…")
    #expect(excerpt("abc", characters: 3) == "abc")
    #expect(excerpt("👩‍👩‍👧x", characters: 1).hasSuffix("…"))
    // Each é has three bytes here, an e and a combining accent.
    #expect(excerpt("e\u{301}e\u{301}e\u{301}", bytes: 7) == "e\u{301}e\u{301}…")
    #expect(excerpt("", bytes: 0) == "")
}

@Test(arguments: [
    "a" + String(repeating: "\u{301}", count: 30_000), String(repeating: "9", count: 60_000),
    String(repeating: "\u{1B}", count: 5_000), String(repeating: "\u{E0041}", count: 5_000),
    String(repeating: "👩‍👩‍👧‍👦", count: 5_000),
])
func `an excerpt has a bound in bytes whatever its characters are`(text: String) {
    let shown = excerpt(text, characters: 80, bytes: 320)
    #expect(shown.utf8.count <= 320 + "…".utf8.count)
    #expect(shown.hasSuffix("…"))
    #expect(shown.unicodeScalars.allSatisfy { !$0.isUnsafeToShow })
}

@Test func `a first character that is too long is cut itself`() {
    let shown = excerpt("a" + String(repeating: "\u{301}", count: 30_000), bytes: 9)
    #expect(shown == "a\u{301}\u{301}\u{301}\u{301}…")
}
