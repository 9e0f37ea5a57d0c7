import PlayerSessions
import Testing

@testable import CassandraStore

/// Histories with a retention, step by step.
@Suite struct RetentionTests {
    @Test func `a start that a faster clock told before, and whose row is not there, counts`() {
        let findings = Stage.play(retention: Retention(days: 1)) { stage in
            let dying = stage.process(skew: 5_000_000) {
                if case .readFacts = $0 { Steering(replicas: []) } else { nil }
            }
            stage.begin(dying, tells: .late)
            await stage.at(1)
            dying.die()
            await stage.tell(.late, by: stage.process(skew: 0))
            await stage.expect(.late)
        }
        #expect(findings == [])
    }

    @Test func `of a start that is on one replica with a later version no row is left`() {
        let findings = Stage.play(retention: Retention(days: 1)) { stage in
            let dying = stage.process(skew: 5_000_000) {
                if case .addClaim = $0 { Steering(replicas: [2]) } else { nil }
            }
            stage.begin(dying, tells: .late)
            await stage.at(1)
            dying.die()
            let seeing = stage.process(skew: 0) {
                if case .readFacts = $0 { Steering(replicas: [1, 2]) } else { nil }
            }
            await stage.tell(.late, by: seeing)
            let blind = stage.process(skew: 0) {
                if case .readFacts = $0 { Steering(replicas: [0, 1]) } else { nil }
            }
            await stage.tell(.middle, by: blind)
            await stage.expect(.middle)
        }
        #expect(findings == [])
    }

    @Test func `a sum made with a short retention counts for a process with none`() {
        let findings = Stage.play { stage in
            await stage.tell(.late)
            let flusher = stage.process(retention: Retention(days: 1))
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(300)
            await stage.visit(flusher)
            await stage.at(days: 30)
            await stage.expect(.late)
        }
        #expect(findings == [])
    }

    @Test func `a retention that is raised before twice the former shows sessions again`() {
        let findings = Stage.play(retention: Retention(days: 3)) { stage in
            await stage.tell(.late)
            await stage.tellEnd(minutes: 1)
            await stage.at(days: 5)
            await stage.expectNone()
            let patient = stage.process(retention: Retention(days: 9))
            await stage.expect(.late, by: patient)
            await stage.expectTop(minutes: 1, by: patient)
        }
        #expect(findings == [])
    }

    @Test func `what is told again once nothing expires any more stays for good`() {
        let findings = Stage.play { stage in
            let former = stage.process(retention: Retention(days: 1))
            await stage.tell(.late, by: former)
            await stage.tellEnd(minutes: 1, by: former)
            await stage.at(days: 1)
            await stage.tell(.late)
            await stage.tellEnd(minutes: 1)
            await stage.at(days: 30)
            await stage.expect(.late)
            await stage.expectTop(minutes: 1, by: stage.process())
            await stage.tell(.late)
            await stage.expect(.late)
            await stage.expectCut(of: .late)
        }
        #expect(findings == [])
    }

    @Test func `what a process with a short retention flushes of others is kept for as long as they ask`() {
        let findings = Stage.play { stage in
            let patient = stage.process()
            await stage.tell(.late, by: patient)
            let hasty = stage.process(retention: Retention(days: 1))
            await RuleHistory.flush(stage, by: hasty)
            // What was flushed last is kept with the sums; it is to be another one.
            await stage.tell(.yesterday, session: "other", by: hasty)
            await RuleHistory.flush(stage, by: hasty, at: 600)
            await stage.at(days: 30)
            await stage.expectCut(of: .late)
            await stage.tell(.late)
            await stage.expectCut(of: .late)
            await stage.expectHour(of: .late, until: .late)
        }
        #expect(findings == [])
    }

    @Test func `what a process with a short retention decides of others is kept for as long as they ask`() {
        let findings = Stage.play { stage in
            await stage.tell(.middle)
            await stage.tellEnd(minutes: 1)
            let hasty = stage.process(retention: Retention(days: 1))
            // The claim of another is made once more, by who keeps it for less long.
            await stage.tell(.late, by: hasty)
            await RuleHistory.flush(stage, by: hasty)
            await stage.at(days: 30)
            await stage.expectTop(of: .middle, by: stage.process())
            await stage.tell(.middle)
            await stage.expect(.middle)
        }
        #expect(findings == [])
    }

    @Test func `a session that was moved by who keeps it for less long is moved once`() {
        let findings = Stage.play { stage in
            await stage.tell(.late)
            await stage.tell(.middle)
            let hasty = stage.process(retention: Retention(days: 1))
            // It writes the ledger again, which says that the one counts no more. Its own start is forgotten first.
            await stage.tell(.early, by: hasty)
            await RuleHistory.flush(stage, by: hasty)
            await stage.expect(.early)
            await stage.at(days: 30)
            await stage.tell(.late)
            await stage.expect(.middle)
            await stage.expectCut(of: .middle)
            await stage.expectNone(at: .late)
        }
        #expect(findings == [])
    }

    @Test
    func `a start that is told for days with a retention leaves one claim, and counts as it was told last`() {
        let findings = Stage.play(retention: Retention(days: 3)) { stage in
            for day in 0..<5 {
                await stage.at(days: Int64(day))
                await stage.tell(.late)
                await stage.expectClaims(1)
            }
            // What is received behind twice the retention is forgotten. A later start of the session counts, then.
            await stage.tell(.future)
            await stage.expectClaims(2)
        }
        #expect(findings == [])
    }

    @Test(arguments: [false, true])
    func `a start told again once nothing expires makes the earlier one stay that it lost to`(
        _ isSettled: Bool
    ) {
        let findings = Stage.play { stage in
            let former = stage.process(retention: Retention(days: 1))
            await stage.tell(.middle, by: former)
            if isSettled { await stage.tell(.late, by: former) }
            await stage.at(days: 1)
            await stage.tell(.late)
            await stage.tellEnd(minutes: 1)
            await stage.at(days: 30)
            await stage.expect(.middle)
            await stage.expectTop(of: .middle, by: stage.process())
        }
        #expect(findings == [])
    }
}
