import PlayerSessions
import SessionStoreTesting
import Testing

@testable import SessionService

struct CountTests {
    /// Twelve starts in FI, seven in US and S1 each, and one outside of the window at its either end.
    private func filled(_ service: TestService) async throws {
        for number in 0..<12 { _ = try await service.post("/batchevents", start("p", "f\(number)")) }
        for country in ["US", "S1"] {
            for number in 0..<7 {
                _ = try await service.post("/batchevents", start("p", "\(country)\(number)", country))
            }
        }
        let outside =
            start("p", "from", "AA", "2016-12-01T13:00:00Z")
            + start("p", "later", "AA", "2016-12-02T13:00:00.000001Z")
        _ = try await service.post("/batchevents", outside)
    }

    @Test(arguments: TestService.Transport.allCases)
    func `the answer is the contract's, countries by falling number, then by name`(
        transport: TestService.Transport
    ) async throws {
        try await TestService.run(transport) { service in
            try await filled(service)
            let expected =
                #"{"num_of_hours": 24, "from": "2016-12-01T13:00:00.000000Z", "until": "2016-12-02T13:00:00.000000Z", "#
                + #""total": 26, "count": {"FI": 12, "S1": 7, "US": 7}}"#
            let answers = [
                try await service.post("/queryevents/count", #"{"num_of_hours": "24"}"#),
                try await service.post("/queryevents/count", #"{"num_of_hours": 24}"#),
                try await service.get("/queryevents/count?num_of_hours=24"),
            ]
            for answer in answers {
                #expect(answer.status == 200)
                #expect(answer.contentType == "application/json")
                #expect(answer.text == expected)
            }
        }
    }

    @Test func `total and count follow the country, in either case`() async throws {
        let service = try TestService()
        try await filled(service)
        for code in ["s1", "S1"] {
            let answer = try await service.get("/queryevents/count?num_of_hours=24&country=\(code)")
            #expect(answer.text.hasSuffix(#""total": 7, "count": {"S1": 7}}"#))
        }
        let none = try await service.get("/queryevents/count?num_of_hours=24&country=NO")
        #expect(none.text.hasSuffix(#""total": 0, "count": {}}"#))
    }

    @Test(arguments: [
        ("2016-12-02T15:00:00%2B02:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02T15:00:00+02:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+15:00:00+02:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02%2015:00:00.5+02:00", "2016-12-02T13:00:00.500000Z"),
        ("2016-12-02+13:00:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+13:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+15:00:00+0200", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02T15:00:00+02", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02T15:00+02:00", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+15:00:00++0200", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+15:00:00%20%2B0200", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+11:00:00+-0200", "2016-12-02T13:00:00.000000Z"),
        ("2016-12-02+13:00:00,5+UTC", "2016-12-02T13:00:00.500000Z"),
        ("2016-12-02t13:00:00z", "2016-12-02T13:00:00.000000Z"),
        ("2200-01-01T00:00:00-02:00", "2200-01-01T02:00:00.000000Z"),
    ])
    func `until may be any ts, with a plus that was not escaped, too`(
        parameter: String,
        until: String
    ) async throws {
        let answer = try await TestService().get("/queryevents/count?num_of_hours=1&until=\(parameter)")
        #expect(answer.status == 200)
        #expect(answer.json["until"] as? String == until)
    }

    @Test(arguments: [
        ("0.5", "0.5", "2016-12-02T12:30:00.000000Z"),
        ("007.50", "7.5", "2016-12-02T05:30:00.000000Z"),
        ("876600", "876600", "1916-12-02T13:00:00.000000Z"),
        ("0.0000000001", "0.0000000001", "2016-12-02T12:59:59.999999Z"),
    ])
    func `hours are shown in their shortest form and taken exactly`(
        given: String,
        shown: String,
        from: String
    ) async throws {
        let service = try TestService()
        for answer in [
            try await service.get("/queryevents/count?num_of_hours=\(given)"),
            try await service.post("/queryevents/count", "{\"num_of_hours\": \"\(given)\"}"),
        ] {
            #expect(answer.text.hasPrefix("{\"num_of_hours\": \(shown), \"from\": \"\(from)\", "))
        }
    }

    @Test(arguments: ["0", "-1", "+1", "1e3", "876601", "876600.1", ".5", "1.", "", " 1", "NaN", "١"])
    func `hours that are none are 400 and named`(hours: String) async throws {
        let answer = try await TestService().post("/queryevents/count", "{\"num_of_hours\": \"\(hours)\"}")
        #expect(answer.status == 400)
        #expect(answer.detail.contains("num_of_hours must be"), "\(answer.detail)")
    }

    @Test func `a window that ends before 1970 began is answered`() async throws {
        let answer = try await TestService()
            .get("/queryevents/count?num_of_hours=24&until=1970-01-01T00:00:00Z")
        #expect(answer.json["from"] as? String == "1969-12-31T00:00:00.000000Z")
        #expect(answer.json["total"] as? Int == 0)
    }

    @Test func `a count sees what was acknowledged at the very instant of its end`() async throws {
        let service = try TestService()
        for number in 0..<50 {
            service.clock.advance(microseconds: 1)
            let line = start("p", "s\(number)", "FI", service.clock.now.description)
            #expect(try await service.post("/batchevents", line).status == 200)
            let answer = try await service.get("/queryevents/count?num_of_hours=1")
            #expect(answer.json["total"] as? Int == number + 1)
        }
    }

    @Test func `a start in the near future is outside a window that ends now`() async throws {
        let service = try TestService()
        _ = try await service.post("/batchevents", start("p", "s", "FI", "2016-12-02T13:00:00.000001Z"))
        #expect(try await service.get("/queryevents/count?num_of_hours=1").json["total"] as? Int == 0)
        let later = try await service.get("/queryevents/count?num_of_hours=1&until=2016-12-02T13:00:01Z")
        #expect(later.json["total"] as? Int == 1)
    }
}
