import Testing

@testable import player_sessions

private let half = ImportTally(
    lines: 1_010,
    accepted: 990,
    expired: 10,
    rejected: 10,
    bytesRead: 50_000,
    bytesTotal: 100_000
)

@Test func `progress says how far, how fast and how long`() {
    #expect(
        half.progress(seconds: 10).line(seconds: 10)
            == "50% of 97.7 KiB, 1,000 events, 100 events/s, 10 invalid, 10s left"
    )
}

@Test func `without a total there is no share and no time left`() {
    var tally = half
    tally.bytesTotal = nil
    tally.rejected = 0
    #expect(tally.progress(seconds: 10).line(seconds: 10) == "48.8 KiB, 1,000 events, 100 events/s")
}

@Test func `a bar fits into the terminal`() {
    #expect(
        half.progress(seconds: 10).bar(seconds: 10, columns: 120).hasPrefix(
            "[###############---------------] 50%"
        )
    )
    for columns in 0..<150 {
        #expect(half.progress(seconds: 10).bar(seconds: 10, columns: columns).count <= max(0, columns - 1))
    }
}

@Test(arguments: [(0, 0), (0, 100), (150, 100)])
func `odd totals break nothing`(read: Int, total: Int) {
    let tally = ImportTally(bytesRead: read, bytesTotal: total)
    #expect(!tally.progress(seconds: 0).bar(seconds: 0, columns: 100).isEmpty)
}

@Test func `a summary has every count`() {
    #expect(
        half.summary(seconds: 2) == "1,010 lines: 990 accepted, 10 expired, 10 rejected; 2.0 s, 500 events/s"
    )
}

@Test func `a table lines up and escapes what moves the cursor`() {
    var table = Table([("NAME", .left), ("COUNT", .right), ("NOTE", .left)])
    table.add(["a\u{1B}[2J\n", "1", "x"])
    table.add(["b", "1,000", ""])
    #expect(
        table.text == """
            NAME          COUNT  NOTE
            a\\u{1b}[2J\\n      1  x
            b             1,000

            """
    )
}

@Test func `counts are sorted by number, then by name`() {
    #expect(
        CountCommand.table(["FI": 1, "US": 2, "DE": 1], total: 4) == """
            COUNTRY  SESSIONS  SHARE
            US              2  50.0%
            DE              1  25.0%
            FI              1  25.0%

            """
    )
}

@Test func `a format is told by name and by first bytes`() {
    #expect(ImportFile.format(named: "a.jsonl.GZ") == .gzip)
    #expect(ImportFile.format(named: "a.bz2") == .bzip2)
    #expect(ImportFile.format(named: "a.zst") == .zstd)
    #expect(ImportFile.format(named: "gz") == nil)
    #expect(ImportFile.format(of: [0x1F, 0x8B, 0x08]) == .gzip)
    #expect(ImportFile.format(of: Array("BZh9".utf8)) == .bzip2)
    #expect(ImportFile.format(of: [0x28, 0xB5, 0x2F, 0xFD]) == .zstd)
    #expect(ImportFile.format(of: [0x50, 0x2A, 0x4D, 0x18]) == .zstd)
    #expect(ImportFile.format(of: Array("{\"ev".utf8)) == nil)
    #expect(ImportFile.format(of: []) == nil)
}
