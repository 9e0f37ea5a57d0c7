import Logging
import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct OpeningPatienceTests {
    /// Patience of so many seconds, on a clock that sleep moves on.
    private func patience(_ seconds: Int64, _ lines: LogLines) -> OpeningPatience {
        let time = ManualTime()
        var surroundings = Surroundings.system(wallClock: .system)
        surroundings.elapsed = time.elapsed
        surroundings.sleep = { time.pass($0) }
        return OpeningPatience(.seconds(seconds), surroundings: surroundings, logger: lines.logger)
    }

    @Test func `what is waited for is said at once, and not at each attempt`() async {
        let lines = LogLines()
        let patience = patience(60, lines)
        var attempts = 0
        while await patience.wait(for: "two nodes are missing") { attempts += 1 }
        #expect((40...120).contains(attempts))
        #expect(
            lines.all.first == "warning waiting for the cluster reason=two nodes are missing seconds_left=60"
        )
        #expect((3...7).contains(lines.all.count), "\(lines.all)")
        #expect(patience.left == .zero)
    }

    @Test func `without patience nothing is waited for, and nothing is said`() async {
        let lines = LogLines()
        let waits = await patience(0, lines).wait(for: "a node")
        #expect(!waits)
        #expect(lines.all.isEmpty)
    }

    @Test func `a task that is cancelled waits no longer`() async {
        let lines = LogLines()
        let patience = patience(1_000_000, lines)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await patience.wait(for: "a node")
        }
        let waits = await task.value
        #expect(!waits)
    }
}
