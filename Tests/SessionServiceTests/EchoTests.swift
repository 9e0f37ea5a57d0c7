import Testing

@testable import SessionService

/// Sequences for a terminal, a text that reads backwards, and one character of 20,000 bytes.
private let hostile = "odd\u{9B}31m\u{202E}\u{7F}" + "a" + String(repeating: "\u{301}", count: 10_000)

private let percentEncoded = hostile.utf8.map { "%" + (String($0, radix: 16)) }.joined()

/// What an answer repeats of a request.
struct EchoTests {
    @Test(
        arguments: [
            ("POST", "/batchevents", "{}", [("Content-Encoding", hostile)]),
            ("POST", "/batchevents", "{}", [("Content-Encoding", String(repeating: "odd, ", count: 3_000))]),
            ("POST", "/queryevents/count", #"{"\#(hostile)": 1}"#, []),
            ("POST", "/queryevents/count", #"{"\#(String(repeating: "odd", count: 20_000))": 1}"#, []),
            ("POST", "/queryevents/count?\(percentEncoded)=1", "", []),
            ("GET", "/queryevents/topn?\(percentEncoded)=1", "", []),
            ("GET", "/queryevents/topn?\(percentEncoded)=%zz", "", []),
            ("odd" + String(repeating: "X", count: 8_000), "/batchevents", "", []),
        ] as [(String, String, String, [(String, String)])]
    )
    func `a problem repeats little of a request, and that safely`(
        method: String,
        target: String,
        body: String,
        headers: [(String, String)]
    ) async throws {
        let answer = try await TestService().send(method, target, body, headers: headers)
        #expect(answer.isProblem)
        #expect(answer.detail.contains("odd") && answer.detail.contains("…"), "\(answer.detail.prefix(200))")
        #expect(answer.body.count < 1_000)
        #expect(answer.detail.unicodeScalars.allSatisfy { ![0x9B, 0x202E, 0x7F].contains($0.value) })
    }

    @Test func `a number of hours is echoed in few digits`() async throws {
        let zeros = String(repeating: "0", count: 60_000)
        let thirds = String(repeating: "3", count: 60_000)
        for (text, echo) in [
            ("24.\(zeros)", "24"), ("0.\(thirds)", "0.\(thirds.prefix(30))"), ("\(zeros)7", "7"),
        ] {
            let answer = try await TestService().post("/queryevents/count", #"{"num_of_hours": "\#(text)"}"#)
            #expect(answer.status == 200)
            #expect(answer.text.hasPrefix(#"{"num_of_hours": \#(echo), "#), "\(answer.text.prefix(100))")
        }
    }
}
