import Synchronization
import Testing

@testable import Logging

@Suite struct LogThrottleTests {
    /// The lines of a throttle, and the time that passes for it only here.
    private final class Bench: Sendable {
        let now = Atomic<Int64>(0)
        let lines = Mutex<[String]>([])

        func throttle() -> LogThrottle {
            let logger = Logger(minimumLevel: .info) { [self] level, message, values in
                lines.withLock { $0.append("\(level) \(message)" + values.map { " \($0)=\($1)" }.joined()) }
            }
            return LogThrottle(logger) { self.now.load(ordering: .relaxed) }
        }

        func pass(_ nanoseconds: Int64) { now.add(nanoseconds, ordering: .relaxed) }

        var all: [String] { lines.withLock { $0 } }
    }

    @Test func `there is a line a second at most, which says how many were left out`() {
        let bench = Bench()
        let throttle = bench.throttle()
        for number in 0..<7 { throttle.log(.error, "it failed", ["number": "\(number)"]) }
        #expect(bench.all == ["error it failed number=0"])
        bench.pass(LogThrottle.second)
        throttle.log(.error, "it failed", ["number": "7"])
        #expect(bench.all.last == "error it failed number=7 left_out=6")
        bench.pass(LogThrottle.second)
        throttle.log(.error, "it failed", ["number": "8"])
        #expect(bench.all.last == "error it failed number=8")
        #expect(bench.all.count == 3)
    }

    @Test func `kinds do not wait for each other, and what is below the level is not counted`() {
        let bench = Bench()
        let throttle = bench.throttle()
        throttle.log(.debug, "nothing")
        throttle.log(.error, "it failed")
        throttle.log(.warning, "it failed")
        throttle.log(.error, "another failed")
        throttle.log(.error, "another failed", cause: "for another reason")
        #expect(
            bench.all == ["error it failed", "warning it failed"] + [
                "error another failed", "error another failed",
            ]
        )
    }
}
