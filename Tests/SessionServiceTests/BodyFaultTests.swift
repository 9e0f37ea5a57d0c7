import PlayerSessions
import Testing

@testable import SessionService

/// Bodies that hold no events and are another thing as a whole.
struct BodyFaultTests {
    private static let pretty = """
        {
          "event": "start",
          "country": "FI",
          "player_id": "p",
          "session_id": "s",
          "ts": "2016-12-02T12:00:00Z"
        }

        """
    private static let events = (0..<20).map { start("p", "s\($0)") }
    private static let array = "[" + events.joined(separator: ",") + "]\n"

    @Test(
        arguments: [
            (Array(array.utf8), ["JSON array", "jq -c '.[]'"]),
            (Array((pretty + pretty).utf8), ["over several lines", "jq -c . FILE"]),
            (
                Array(events.joined().filter { $0 != "\n" }.utf8),
                ["several objects on one line", "--data-binary @FILE"]
            ),
            (
                Array("{\"events\": [\(events[0].dropLast())]}".utf8),
                ["an array in \"events\"", "jq -c '.events[]'"]
            ),
            (
                events.joined().utf16.flatMap { [UInt8($0), 0] },
                ["text in UTF-16LE", "iconv -f UTF-16LE -t UTF-8"]
            ),
            (Packing.gzip(Array(events[0].utf8)), ["gzip data", "Content-Encoding: gzip"]),
            (Packing.zstd(Array(events[0].utf8)), ["zstd data", "Content-Encoding: zstd"]),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], ["xz data", "xz -dc FILE"]),
            ([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0x0A, count: 50), ["a zip archive", "unzip -p FILE"]),
            (
                Array(
                    "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n\(events.joined())--b--\r\n"
                        .utf8
                ),
                ["multipart/form-data", "--data-binary @FILE"]
            ),
            (Array("%7B%22event%22%3A%22start%22%7D%0A".utf8), ["percent-encoded", "--data-binary @FILE"]),
            (Array("event=start&player_id=p".utf8), ["form data", "--data-binary @FILE"]),
            (Array("{event:start}".utf8), ["a shell", "single quotes"]),
        ] as [([UInt8], [String])]
    )
    func `a body that is another thing is 400, with one error and the next step, however many lines it has`(
        body: [UInt8],
        words: [String]
    ) async throws {
        let service = try TestService()
        let answer = try await service.send("POST", "/batchevents", body)
        #expect(answer.status == 400 && answer.isProblem)
        #expect(answer.json["type"] as? String == "urn:player-sessions:problem:invalid-events")
        for word in words { #expect(answer.detail.contains(word), "\(answer.detail)") }
        #expect(!answer.detail.contains("Prefer") && answer.detail.contains("Nothing was stored"))
        #expect(answer.errors() == ["1"] && answer.text.contains("is not an event: the body "))
        let count = try await service.get("/queryevents/count?num_of_hours=24")
        #expect(count.json["total"] as? Int == 0)
    }

    @Test func `the one error is for the first line that is not blank`() async throws {
        for body in ["\n \r\n" + Self.pretty, "\n\n" + Self.array] {
            let answer = try await TestService().post("/batchevents", body)
            #expect(answer.errors() == ["3"])
        }
    }

    @Test(arguments: ["[\n", "[", "{\"events\": [\n"])
    func `an array whose last element is a line of its own is an array`(opening: String) async throws {
        let body = opening + Self.events.prefix(3).map { $0.dropLast() }.joined(separator: ",\n") + "\n]\n"
        let answer = try await TestService().post("/batchevents", body)
        #expect(answer.errors() == ["1"] && answer.detail.contains("jq -c"), "\(answer.text)")
    }

    @Test func `a body with an event is judged by its lines, and lenient handling is recommended`()
        async throws
    {
        let answer = try await TestService().post("/batchevents", "[{}]\n" + start("p", "s") + "{}{}\n")
        #expect(answer.errors() == ["1", "3"])
        #expect(
            answer.detail.contains("2 of 3 lines are wrong")
                && answer.detail.contains("Prefer: handling=lenient")
        )
    }

    @Test func `lenient handling is not recommended where it would store nothing`() async throws {
        let service = try TestService(retention: Retention(days: 1))
        let expired = start("p", "s", "FI", "2000-01-01T00:00:00Z")
        for body in ["x\n", "x\n" + expired] {
            let answer = try await service.post("/batchevents", body)
            #expect(answer.status == 400 && !answer.detail.contains("Prefer"), "\(answer.detail)")
        }
        let answer = try await service.post("/batchevents", "x\n" + start("p", "s"))
        #expect(answer.detail.contains("Prefer: handling=lenient"))
    }

    @Test func `lenient handling lists every line, and says of the first what the body is`() async throws {
        let lenient = [("Prefer", "handling=lenient")]
        let answer = try await TestService().post("/batchevents", Self.pretty, headers: lenient)
        #expect(answer.status == 200)
        #expect(answer.errors("rejected") == (1...7).map(String.init))
        #expect(answer.text.contains("jq -c . FILE"))
        let object = "{\"events\": [\(start("p", "s").dropLast())]}\n"
        let wrapped = try await TestService().post("/batchevents", object, headers: lenient)
        #expect(wrapped.errors("rejected") == ["1"] && wrapped.text.contains("jq -c '.events[]'"))
        let many = try await TestService().post("/batchevents", Self.array, headers: lenient)
        #expect(many.status == 400 && many.detail.contains("jq -c '.[]'"))
    }

    @Test func `too many lines stay 413 unless they are no lines at all`() async throws {
        let service = try TestService()
        #expect(try await service.post("/batchevents", Self.events.joined()).status == 413)
        #expect(try await service.post("/batchevents", String(repeating: "x\n", count: 11)).status == 413)
        #expect(try await service.post("/batchevents", Self.array).status == 400)
    }

    @Test func `what a body is once it is unpacked is told so`() async throws {
        let inner = Packing.gzip(Array(start("p", "s").utf8))
        let answer = try await TestService()
            .send("POST", "/batchevents", Packing.gzip(inner), headers: [("Content-Encoding", "gzip")])
        #expect(answer.status == 400 && answer.detail.contains("gzip data once it is unpacked"))
    }

    @Test(
        arguments: [
            (Array("num_of_hours=24".utf8), ["is form data", #"{"num_of_hours": "24"}"#]),
            (Packing.gzip(Array(#"{"num_of_hours": 24}"#.utf8)), ["is gzip data", "Content-Encoding: gzip"]),
            (#"{"num_of_hours": 24}"#.utf16.flatMap { [UInt8($0), 0] }, ["text in UTF-16LE", "iconv"]),
            (
                Array("--b\r\nContent-Type: x\r\n\r\n24".utf8),
                ["multipart/form-data", #"{"num_of_hours": "24"}"#]
            ),
            (Array("[{}]".utf8), ["must be a JSON object such as"]),
        ] as [([UInt8], [String])]
    )
    func `a query's body of another form is named as what it is`(body: [UInt8], words: [String]) async throws
    {
        let answer = try await TestService().send("POST", "/queryevents/count", body)
        #expect(answer.status == 400 && answer.isProblem)
        for word in words { #expect(answer.detail.contains(word), "\(answer.detail)") }
    }
}
