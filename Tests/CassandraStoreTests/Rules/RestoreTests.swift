import PlayerSessions
import Testing

@testable import CassandraStore

/// Histories in which tables are set back under running processes.
@Suite struct RestoreTests {
    /// A start in a sum, a snapshot, a second start in the same sum; then the snapshot is put back, and a third start is
    /// told by a process that believes its span to be marked.
    private static func restore(_ stage: Stage) async -> SimulatedProcess {
        let (teller, roller) = (stage.process(), stage.process())
        await stage.tell(.late, session: "first", by: teller)
        await stage.at(1)
        await stage.roll(roller)
        await stage.at(300)
        await stage.roll(roller)
        await stage.expect(.late)
        let snapshot = stage.snapshot()
        await stage.tell(.late, session: "second", by: teller)
        stage.restore(snapshot)
        await stage.tell(.late, session: "third", by: teller)
        return teller
    }

    @Test func `sums that miss a start after a restore are right after a rebuild`() {
        let findings = Stage.play { stage in
            _ = await RestoreTests.restore(stage)
            // Neither the row nor the sum of the second start is there; the third is not in the sum.
            await stage.expect(.late, times: 1)
            await stage.rebuild(stage.process())
            await stage.expect(.late, times: 2)
            await stage.expectHour(of: .late, times: 2)
        }
        #expect(findings == [])
    }

    @Test func `a process that notices a restore marks what it has told since`() {
        let findings = Stage.play { stage in
            let teller = await RestoreTests.restore(stage)
            try? await teller.core.forget()
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }

    @Test(arguments: [["totals"], ["totals", "versions"], ["totals", "versions", "buckets"], ["buckets"]])
    func `sums that were truncated are made anew`(_ tables: [String]) {
        let findings = Stage.play { stage in
            let roller = stage.process()
            await stage.tell(.late)
            await stage.tell(.yesterday, session: "other")
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            stage.restore(nil, tables)
            await stage.rebuild(stage.process())
            await stage.expectHour(of: .late)
            await stage.expectHour(of: .yesterday, until: .middle)
        }
        #expect(findings == [])
    }

    @Test func `sums of rows that are gone go with a rebuild`() {
        let findings = Stage.play { stage in
            let roller = stage.process()
            await stage.tell(.late)
            await stage.tell(.yesterday, session: "other")
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            stage.restore(nil, ["rows", "facts"])
            await stage.rebuild(stage.process())
            await stage.expectNone()
        }
        #expect(findings == [])
    }

    @Test func `what is told to a span while it is summed anew counts`() {
        let findings = Stage.play { stage in
            let (teller, roller) = (stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            let slow = stage.process { if case .readStarts = $0 { Steering(pause: 100) } else { nil } }
            stage.beginRebuild(slow)
            // The rebuild has read the rows of the first shards and stands still.
            await stage.at(300)
            await stage.tell(.late, session: "second", by: teller)
            await stage.at(2_000)
            await stage.expect(.late, times: 2)
            await stage.roll(roller)
            await stage.at(2_300)
            await stage.roll(roller)
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }
}
