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

    private static let refusal = SessionStoreError.unusable(keyspace: "players", "it is not so yet")

    /// Attempts a step that meets these faults, one after the other, and then succeeds; gives how many were attempted.
    private func attempts(
        _ patience: OpeningPatience,
        upTo maximum: Int,
        _ faults: [OpeningFault]
    ) async -> (count: Int, isDone: Bool) {
        var count = 0
        do throws(SessionStoreError) {
            try await patience.attempt(upTo: maximum) { () throws(OpeningFault) -> Void in
                count += 1
                if count <= faults.count { throw faults[count - 1] }
            }
            return (count, true)
        } catch {
            return (count, false)
        }
    }

    private func faults(_ number: Int, isTransient: Bool = false, mayBeRace: Bool = false) -> [OpeningFault] {
        let fault = OpeningFault(
            error: OpeningPatienceTests.refusal,
            isTransient: isTransient,
            mayBeRace: mayBeRace
        )
        return [OpeningFault](repeating: fault, count: number)
    }

    @Test func `attempts that were waited for leave all those that a race may take`() async {
        // As where the third node comes after 45 seconds, and then keyspace and tables are made.
        let waits = faults(45, isTransient: true)
        let (count, isDone) = await attempts(
            patience(60, LogLines()),
            upTo: 3,
            waits + faults(2, mayBeRace: true)
        )
        #expect(isDone)
        #expect(count == 48)
    }

    @Test func `races are given up after so many attempts`() async {
        let (count, isDone) = await attempts(patience(60, LogLines()), upTo: 3, faults(9, mayBeRace: true))
        #expect(!isDone)
        #expect(count == 3)
    }

    @Test func `what is only transient is not attempted again without patience`() async {
        let (count, isDone) = await attempts(patience(0, LogLines()), upTo: 40, faults(9, isTransient: true))
        #expect(!isDone)
        #expect(count == 1)
    }

    @Test func `what may be a race needs no patience`() async {
        let both = faults(5, isTransient: true, mayBeRace: true)
        let (count, isDone) = await attempts(patience(0, LogLines()), upTo: 40, both)
        #expect(isDone)
        #expect(count == 6)
    }

    @Test func `what neither time nor another attempt mends ends the opening at once`() async {
        let (count, isDone) = await attempts(patience(60, LogLines()), upTo: 40, faults(1))
        #expect(!isDone)
        #expect(count == 1)
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func `a task that is cancelled attempts nothing again`(_ isTransient: Bool, _ mayBeRace: Bool) async {
        let patience = patience(1_000_000, LogLines())
        let faults = faults(9, isTransient: isTransient, mayBeRace: mayBeRace)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await attempts(patience, upTo: 40, faults)
        }
        let (count, isDone) = await task.value
        #expect(!isDone)
        #expect(count == 1)
    }
}
