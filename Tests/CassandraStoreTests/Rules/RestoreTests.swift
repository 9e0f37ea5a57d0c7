import PlayerSessions
import Testing

@testable import CassandraStore

/// Histories in which tables are set back under running processes.
@Suite struct RestoreTests {
    /// A start in a sum, a snapshot, a second start in the same sum; then the snapshot is put back, and a third start is
    /// told by a process that believes to be registered.
    private static func restore(_ stage: Stage) async -> SimulatedProcess {
        let (teller, flusher) = (stage.process(), stage.process())
        await stage.tell(.late, session: "first", by: teller)
        await stage.at(1)
        await stage.visit(flusher)
        await stage.at(300)
        await stage.visit(flusher)
        await stage.expect(.late)
        let snapshot = stage.snapshot()
        await stage.tell(.late, session: "second", by: teller)
        await stage.at(305)
        stage.restore(snapshot)
        await stage.tell(.late, session: "third", by: teller)
        return teller
    }

    @Test func `sums that miss a start after a restore are right after a rebuild`() {
        let findings = Stage.play { stage in
            _ = await RestoreTests.restore(stage)
            // Nothing of the second start is there; the third is logged where nobody is registered.
            await stage.expect(.late, times: 1)
            await stage.rebuild(stage.process())
            await stage.expect(.late, times: 2)
            await RuleHistory.flush(stage, at: 700)
            await stage.expectHour(of: .late, times: 2)
        }
        #expect(findings == [])
    }

    @Test func `a process that notices a restore registers again where it has logged since`() {
        let findings = Stage.play { stage in
            let teller = await RestoreTests.restore(stage)
            try? await teller.core.forget()
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }

    @Test(arguments: [["totals"], ["totals", "buckets"], ["buckets"]])
    func `sums that were truncated are made anew`(_ tables: [String]) {
        let findings = Stage.play { stage in
            let flusher = stage.process()
            await stage.tell(.late)
            await stage.tell(.yesterday, session: "other")
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(300)
            await stage.visit(flusher)
            stage.restore(nil, tables)
            await stage.rebuild(stage.process())
            await stage.expectHour(of: .late)
            await stage.expectHour(of: .yesterday, until: .middle)
        }
        #expect(findings == [])
    }

    @Test func `sums of rows that are gone go with a rebuild`() {
        let findings = Stage.play { stage in
            let flusher = stage.process()
            await stage.tell(.late)
            await stage.tell(.yesterday, session: "other")
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(300)
            await stage.visit(flusher)
            await stage.tell(.middle, session: "third")
            await RuleHistory.flush(stage, at: 600)
            stage.restore(nil, ["flushed", "log", "facts"])
            await stage.rebuild(stage.process())
            // What was flushed last is kept with the sums.
            await stage.expect(.middle)
            await stage.expectHour(of: .middle)
        }
        #expect(findings == [])
    }

    @Test(arguments: [false, true])
    func `what a snapshot holds unflushed of a process that lives is counted, and flushed once`(
        _ isRenewed: Bool
    ) {
        let findings = Stage.play { stage in
            let (teller, flusher) = (stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            let snapshot = stage.snapshot()
            for second in 1..<6 {
                await stage.at(Int64(second))
                await stage.visit(flusher)
                await stage.renew(teller)
                await stage.tell(.late, session: "second \(second)", by: teller)
            }
            // Nothing is on its way any more.
            await stage.at(7)
            stage.restore(snapshot)
            // What it tells before it notices that counts once it does.
            await stage.tell(.late, session: "third", by: teller)
            if isRenewed {
                await stage.renew(teller)
            } else {
                await stage.forget(teller)
                await stage.forget(flusher)
            }
            await stage.tell(.late, session: "fourth", by: teller)
            await stage.expect(.late, times: 3)
            await RuleHistory.flush(stage, by: flusher)
            await stage.expect(.late, times: 3)
            await stage.expectCut(of: .late, times: 3)
            await stage.tell(.late, session: "first", by: teller)
            await stage.expect(.late, times: 3)
        }
        #expect(findings == [])
    }

    @Test(arguments: [["totals"], ["totals", "buckets"]])
    func `what was logged when sums were truncated is counted, by who logged it or by a rebuild`(
        _ tables: [String]
    ) {
        let findings = Stage.play { stage in
            let (teller, dying, flusher) = (stage.process(), stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            await RuleHistory.flush(stage, by: flusher)
            await stage.tell(.late, session: "second", by: teller)
            await stage.tell(.late, session: "third", by: dying)
            dying.die()
            stage.restore(nil, tables)
            await stage.forget(teller)
            await stage.expect(.late, by: teller)
            let rebuilding = stage.process()
            await stage.rebuild(rebuilding)
            await stage.expect(.late, times: 3)
            for session in ["first", "second", "third"] { await stage.tell(.late, session: session) }
            await stage.expect(.late, times: 3)
            await RuleHistory.flush(stage, at: 2_000)
            await stage.expect(.late, times: 3)
            await stage.expectCut(of: .late, times: 3)
            // Another one finds nothing to do.
            await stage.rebuild(stage.process())
            await stage.expect(.late, times: 3)
            await stage.expectCut(of: .late, times: 3)
        }
        #expect(findings == [])
    }

    @Test(arguments: [false, true])
    func `what was flushed since a snapshot of the sums is counted once they are made anew`(_ isFlushed: Bool)
    {
        let findings = Stage.play { stage in
            let flusher = stage.process()
            await stage.tell(.late, session: "first")
            await RuleHistory.flush(stage, by: flusher)
            let snapshot = stage.snapshot()
            for session in ["second", "third"] {
                await stage.tell(.late, session: session)
                await RuleHistory.flush(stage, by: flusher, at: stage.second + 300)
            }
            await stage.expect(.late, times: 3)
            stage.restore(snapshot, ["totals"])
            flusher.die()
            // It is logged in a generation that there was before.
            let teller = stage.process()
            await stage.tell(.late, session: "fourth", by: teller)
            if isFlushed { await RuleHistory.flush(stage, at: stage.second + 300) }
            await stage.rebuild(stage.process())
            await stage.expect(.late, times: 4)
            for session in ["first", "second", "third", "fourth"] {
                await stage.tell(.late, session: session)
            }
            await stage.expect(.late, times: 4)
            await stage.expectCut(of: .late, times: 4)
        }
        #expect(findings == [])
    }

    @Test func `what was flushed while sums were set back is entered, whoever flushed it`() {
        let findings = Stage.play { stage in
            let flusher = stage.process()
            await stage.tell(.late, session: "first")
            await RuleHistory.flush(stage, by: flusher)
            let snapshot = stage.snapshot()
            await stage.tell(.late, session: "second")
            await RuleHistory.flush(stage, by: flusher, at: 600)
            stage.restore(snapshot, ["totals"])
            await stage.tell(.late, session: "third")
            let dying = stage.process { statement in
                guard case .insertFlushed = statement, stage.second > 700 else { return nil }
                return Steering(replicas: [])
            }
            await RuleHistory.flush(stage, by: dying, at: 650)
            await stage.tell(.late, session: "fifth")
            await stage.at(670)
            await stage.visit(dying)
            await stage.at(701)
            stage.beginVisit(dying)
            await stage.at(740)
            dying.die()
            await stage.tell(.middle, session: "fourth")
            await RuleHistory.flush(stage, by: flusher, at: 1_200)
            await stage.expectCut(of: .late, times: 4)
            await stage.tell(.late, session: "fifth")
            await stage.expectCut(of: .late, times: 4)
        }
        #expect(findings == [])
    }

    @Test func `a process that wrote nothing for long does not log where its logs were removed`() {
        let findings = Stage.play { stage in
            let (teller, flusher) = (stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            for second in 1..<20 {
                await stage.at(Int64(second))
                await stage.renew(teller)
            }
            await RuleHistory.flush(stage, by: flusher)
            await stage.at(600)
            await stage.visit(flusher)
            // Nobody notices it.
            stage.restore(nil, ["totals"])
            await stage.tell(.middle, session: "second", by: teller)
            await stage.expect(.middle)
        }
        #expect(findings == [])
    }

    @Test func `what was logged below where another has begun a month anew is counted`() {
        let findings = Stage.play { stage in
            let (teller, other) = (stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            stage.restore(nil)
            await stage.tell(.late, session: "second", by: teller)
            await stage.tell(.late, session: "third", by: other)
            await stage.expect(.late)
            await stage.forget(teller)
            // It is registered again, and then looks for what is missing.
            await stage.flush(teller)
            await stage.expect(.late, times: 2)
            await stage.tell(.late, session: "second", by: other)
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }

    @Test func `an entry that nobody is registered for is not relied on`() {
        let findings = Stage.play { stage in
            let (dying, teller) = (stage.process(), stage.process())
            await stage.tell(.middle, session: "other", by: teller)
            await stage.tell(.late, by: dying)
            dying.die()
            stage.restore(nil, ["totals"])
            await stage.forget(teller)
            // It is in the log, and will not be flushed.
            await stage.tell(.late, by: teller)
            await stage.expectCut(of: .late)
            await RuleHistory.flush(stage)
            await stage.expectCut(of: .late)
        }
        #expect(findings == [])
    }

    @Test func `a claim of a generation that is gone keeps nobody waiting`() {
        let findings = Stage.play { stage in
            let flusher = stage.process()
            await stage.tell(.late, session: "first")
            await RuleHistory.flush(stage, by: flusher)
            let snapshot = stage.snapshot()
            for number in 0..<5 {
                await stage.tell(.late, session: "s\(number)")
                await RuleHistory.flush(stage, by: flusher, at: stage.second + 300)
            }
            let dying = stage.process { if case .log = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .late)
            await stage.at(stage.second + 20)
            dying.die()
            // Facts are newer than all else.
            stage.restore(snapshot, ["totals", "log", "flushed"])
            flusher.die()
            await stage.tell(.late, by: stage.process())
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }

    @Test func `what is told to a span while it is summed anew counts`() {
        let findings = Stage.play { stage in
            let (teller, flusher) = (stage.process(), stage.process())
            await stage.tell(.late, session: "first", by: teller)
            let slow = stage.process { if case .readFlushed = $0 { Steering(pause: 100) } else { nil } }
            stage.beginRebuild(slow)
            // The rebuild has read what was flushed, and stands still.
            await stage.at(300)
            await stage.tell(.late, session: "second", by: teller)
            await stage.at(2_000)
            await stage.expect(.late, times: 2)
            await stage.visit(flusher)
            await stage.at(2_300)
            await stage.visit(flusher)
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }
}
