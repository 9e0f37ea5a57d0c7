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
                if case .addStart = $0 { Steering(replicas: [2]) } else { nil }
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
            let roller = stage.process(retention: Retention(days: 1))
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
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
            await stage.at(days: 30)
            await stage.expect(.middle)
        }
        #expect(findings == [])
    }
}
