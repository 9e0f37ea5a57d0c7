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
}
