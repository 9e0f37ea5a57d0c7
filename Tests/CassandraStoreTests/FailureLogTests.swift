import Testing

@testable import CassandraStore

@Suite struct FailureLogTests {
    @Test func `there is a line a second at most, which says how many failed`() {
        let (time, lines) = (ManualTime(), LogLines())
        let log = FailureLog(lines.logger, elapsed: time.elapsed)
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        for _ in 0..<7 { log.note(failure, "store a batch") }
        let line = "warning the cluster did not do what it was asked operation=store a batch reason=no quorum"
        #expect(lines.all == [line + " failures=1"])
        time.pass(FailureLog.interval)
        log.note(failure, "store a batch")
        #expect(lines.all == [line + " failures=1", line + " failures=7"])
        time.pass(FailureLog.interval)
        log.note(failure, "store a batch")
        #expect(lines.all.last == line + " failures=1")
    }

    @Test func `what fails for good is for others to tell`() {
        let lines = LogLines()
        let log = FailureLog(lines.logger, elapsed: ManualTime().elapsed)
        log.note(ClusterError(outcome: .unknown, reason: "no", isTransient: false), "count starts")
        #expect(lines.all.isEmpty)
    }
}
