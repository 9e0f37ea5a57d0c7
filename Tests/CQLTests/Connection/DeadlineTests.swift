import Testing

@testable import CQL

@Suite struct DeadlineTests {
    @Test func `a request is completed when its deadline passes, and its stream waits for the late answer`()
        throws
    {
        var settings = ConnectionSettings()
        settings.maximumStreams = 1
        let driver = try MachineDriver.ready(settings)
        driver.submit(1, within: 100)
        driver.submit(2, within: 500)
        #expect(driver.nextTick == driver.now + 100)
        driver.tick(after: 99)
        #expect(driver.events.isEmpty)
        driver.tick(after: 1)
        #expect(driver.events == [.completed(1, .timedOut, .mayHaveExecuted)])
        #expect(driver.orphanCount == 1)
        // The second one has no stream before the late answer has come.
        #expect(driver.requests.count == 1)
        driver.answerVoid(try driver.stream(of: 1))
        #expect(driver.events.count == 1)
        #expect(driver.orphanCount == 0)
        driver.answerVoid(try driver.stream(of: 2))
        #expect(driver.events.last == .completed(2, nil, nil))
    }

    @Test func `a request that waits is certainly not executed when its deadline passes`() throws {
        var settings = ConnectionSettings()
        settings.maximumStreams = 1
        let driver = try MachineDriver.ready(settings)
        driver.submit(1, within: 1_000)
        driver.submit(2, within: 100)
        driver.submit(3, within: 300)
        driver.tick(after: 100)
        #expect(driver.events == [.completed(2, .timedOut, .notExecuted)])
        driver.answerVoid(try driver.stream(of: 1))
        driver.answerVoid(try driver.stream(of: 3))
        #expect(driver.events.suffix(2) == [.completed(1, nil, nil), .completed(3, nil, nil)])
    }

    @Test func `a deadline that has passed already is not sent`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1, within: 0)
        #expect(driver.events == [.completed(1, .timedOut, .notExecuted)])
        #expect(driver.requests.isEmpty)
    }

    @Test func `a late error is dropped, too`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1, within: 100)
        driver.tick(after: 100)
        driver.answerError(try driver.stream(of: 1), code: 0x1100)
        #expect(driver.events.count == 1)
        #expect(driver.isReady)
    }

    @Test func `too many orphans close the connection`() throws {
        var settings = ConnectionSettings()
        settings.maximumOrphans = 3
        let driver = try MachineDriver.ready(settings)
        for id in 1...3 { driver.submit(RequestID(id), within: 100) }
        driver.submit(4, within: 200)
        driver.tick(after: 100)
        #expect(driver.isReady)
        driver.submit(5, within: 1_000)
        driver.tick(after: 100)
        #expect(
            driver.events.suffix(3) == [
                .completed(4, .timedOut, .mayHaveExecuted), .closed(.tooManyOrphans(4)),
                .completed(5, .tooManyOrphans(4), .mayHaveExecuted),
            ]
        )
    }

    @Test func `a silent connection is asked for a sign of life`() throws {
        let driver = try MachineDriver.ready()
        #expect(driver.nextTick == driver.now + 30_000)
        driver.tick(after: 29_999)
        #expect(driver.requests.isEmpty)
        driver.tick(after: 1)
        #expect(driver.requests.map(\.header.opcode) == [Opcode.options.rawValue])
        driver.tick(after: 9_999)
        driver.supported()
        driver.tick(after: 1)
        #expect(driver.isReady)
        driver.tick(after: 30_000)
        #expect(driver.requests.count == 2)
        driver.tick(after: 10_000)
        #expect(driver.events == [.closed(.keepAliveTimedOut)])
    }

    @Test func `answers to requests are signs of life, too`() throws {
        let driver = try MachineDriver.ready()
        driver.submit(1, within: 100_000)
        driver.tick(after: 30_000)
        driver.now += 5_000
        driver.answerVoid(try driver.stream(of: 1))
        driver.tick(after: 5_000)
        #expect(driver.isReady)
        driver.tick(after: 10_000)
        #expect(!driver.isReady)
    }

    @Test func `a sign of life that was not asked for closes the connection`() throws {
        let driver = try MachineDriver.ready()
        driver.supported()
        #expect(driver.isClosed)
    }
}
