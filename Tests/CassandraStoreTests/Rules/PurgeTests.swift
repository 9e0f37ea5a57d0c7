import PlayerSessions
import Testing

@testable import CassandraStore

/// Histories in which what was left half done, or removed, is older than tombstones get.
@Suite struct PurgeTests {
    @Test func `all processes may stand still for longer than tombstones last`() {
        let findings = Stage.play { stage in
            for act in [Stage.Act.late, .middle, .early] { await stage.tell(act) }
            await stage.at(days: 11)
            stage.compact()
            await RuleHistory.flush(stage, at: 11 * 86_400 + 300)
            await stage.expect(.early)
            for act in [Stage.Act.late, .middle] { await stage.expectNone(at: act) }
        }
        #expect(findings == [])
    }

    @Test func `the registration of a process that is gone may come back to life`() {
        let findings = Stage.play { stage in
            await stage.tell(.late, session: "first")
            let flusher = stage.process {
                if case .deregister = $0 { Steering(replicas: [0, 1]) } else { nil }
            }
            await RuleHistory.flush(stage, by: flusher)
            await RuleHistory.flush(stage, by: flusher, at: 600)
            await stage.at(days: 1)
            stage.compact()
            await stage.tell(.late, session: "second")
            await RuleHistory.flush(stage, at: 86_400 + 300)
            await stage.expect(.late, times: 2)
        }
        #expect(findings == [])
    }

    @Test func `what was decided and never logged is decided again`() {
        let findings = Stage.play { stage in
            await stage.tell(.late)
            await RuleHistory.flush(stage)
            let dying = stage.process { if case .log = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(310)
            dying.die()
            await stage.expect(.late)
            await stage.at(days: 11)
            stage.compact()
            await stage.tell(.middle)
            await stage.expect(.middle)
            await RuleHistory.flush(stage, at: 11 * 86_400 + 300)
            await stage.expect(.middle)
            await stage.expectNone(at: .late)
        }
        #expect(findings == [])
    }

    @Test func `what was decided and logged in part is brought to its end`() {
        let findings = Stage.play { stage in
            await stage.tell(.late)
            await RuleHistory.flush(stage)
            // One of the two entries is logged, the other never.
            let dying = stage.process { statement in
                if case .log(let entry) = statement, entry.change > 0 { Steering(replicas: []) } else { nil }
            }
            stage.begin(dying, tells: .middle)
            await stage.at(310)
            dying.die()
            await stage.tell(.middle)
            await stage.expect(.middle)
            await RuleHistory.flush(stage, at: 400)
            await stage.expect(.middle)
            await stage.expectCut(of: .middle)
            await stage.expectNone(at: .late)
        }
        #expect(findings == [])
    }
}
